import DequeModule
import NIOCore
import SocketIO
import Synchronization

/// The recoverable packets of one namespace. All loops send them in the order of the log, whoever emits them: what a client got last
/// on one loop then says on every other what it has yet to get.
final class NamespaceRecovery: Sendable {
  private struct Parcel {
    let place: Int
    let message: OutboundMessage
    let offset: String
    let audience: Audience
  }

  private struct State {
    var log: PacketLog<OutboundMessage>
    /// By loop: what it has yet to send. Each packet is there while the loop's inbox holds the request to send it, no longer.
    var waiting: [Deque<Parcel>]
    /// By loop: the offset it has sent last.
    var newest: [String]
  }

  private let state: Mutex<State>

  init(options: RecoveryOptions, loops: Int) {
    // As unguessable as every other key: no packet of an application ends with it.
    var random = RandomPool()
    let origin = TableKey(using: &random).text
    state = Mutex(
      State(
        log: options.log(origin: origin), waiting: Array(repeating: Deque(), count: loops), newest: Array(repeating: origin, count: loops)))
  }

  /// Packets that are kept.
  var count: Int { state.withLock { $0.log.count } }

  /// Packets that were dropped before they were too old.
  var dropped: Int { state.withLock { $0.log.dropped } }

  /// The offset that a loop has sent last: for packets that are not kept, but would be taken for one with an offset.
  func newest(on loop: LoopState) -> String { state.withLock { $0.newest[loop.index] } }

  /// Sends a packet and keeps it.
  func publish(
    _ message: OutboundMessage, offset: String, to audience: Audience, of namespace: Namespace, on loops: [LoopState]
  ) {
    let now = NIODeadline.now().milliseconds
    let place = state.withLock { state in
      let kept = message.withoutPackedForms
      let place = state.log.append(kept, offset: offset, to: audience.logged, size: kept.memory, now: now)
      let parcel = Parcel(place: place, message: message, offset: offset, audience: audience)
      for loop in loops {
        state.waiting[loop.index].append(parcel)
        // Under the lock, so that all loops are told in the same order.
        if loop.eventLoop.inEventLoop == false { loop.run { self.send(through: place, to: namespace, on: $0) } }
      }
      return place
    }
    for loop in loops where loop.eventLoop.inEventLoop { loop.run { self.send(through: place, to: namespace, on: $0) } }
  }

  /// Lets go of packets that are too old.
  func expire(now: Int64) { state.withLock { $0.log.expire(now: now) } }

  /// Whether everything after this offset is still there.
  func holds(_ offset: String) -> Bool {
    let now = NIODeadline.now().milliseconds
    return state.withLock { $0.log.holds(offset, now: now) }
  }

  /// What a session has missed of that which this loop has sent. Nil when something may be missing. What the loop sends from now on
  /// is not among it.
  func missed(by session: LostSession, after offset: String, in namespace: Namespace, on loop: LoopState) -> [OutboundMessage]? {
    // The client may have got from another loop what this one has yet to send.
    send(through: .max, to: namespace, on: loop)
    return state.withLock { state in
      state.log.missed(after: offset, before: state.waiting[loop.index].first?.place ?? .max, by: session)
    }
  }

  private func send(through place: Int, to namespace: Namespace, on loop: LoopState) {
    while let parcel = next(through: place, on: loop) {
      loop.broadcast(parcel.message, to: parcel.audience, of: namespace, flags: [])
    }
  }

  private func next(through place: Int, on loop: LoopState) -> Parcel? {
    state.withLock { state in
      guard let first = state.waiting[loop.index].first, first.place <= place else { return nil }
      state.newest[loop.index] = first.offset
      return state.waiting[loop.index].popFirst()
    }
  }
}
