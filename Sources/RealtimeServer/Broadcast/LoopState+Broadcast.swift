import NIOCore
import SocketIO
import Synchronization

/// Sending to the sockets of one loop.
extension LoopState {
  /// Sends the same bytes to every target on this loop; they leave at the end of the turn, once per connection.
  func broadcast(
    _ message: OutboundMessage, to namespace: Namespace, rooms: [String], except: Set<SocketID>, exceptRooms: [String] = [],
    flags: EmitFlags
  ) {
    let isVolatile = flags.contains(.volatile)
    var sent = 0
    var dropped = 0
    // A connection that turns out slow leaves the tables on the spot; the places to go to are a copy.
    for slot in targets(namespace, rooms: rooms, except: except, exceptRooms: exceptRooms) {
      guard let connection = connections[Int(slot)] else {
        sockets[Int(slot)]?.session.send(message, isVolatile: isVolatile)
        continue
      }
      if isVolatile, connection.isWritable == false {
        dropped += 1
      } else {
        connection.send(message)
        sent += 1
      }
    }
    meters.packetsOut(sent * message.packetCount, bytes: sent * message.frames.readableBytes)
    if dropped > 0 { meters.volatileDrops.add(dropped, ordering: .relaxed) }
  }

  /// Sends an event that asks its receivers for answers. Gives how many there are.
  func ask(
    _ packet: EventPacket, id ackID: UInt64, namespace: Namespace, targets: some Collection<UInt32>, flags: EmitFlags,
    timeout: TimeAmount, answer: @escaping (SocketID, AckOutcome) -> Void
  ) -> Int {
    guard
      let message = OutboundMessage(
        packet, namespace: namespace.name, id: ackID, threshold: options.compression?.threshold, flags: flags)
    else { return 0 }
    let asked = targets.compactMap { sockets[Int($0)] }
    guard asked.isEmpty == false else { return 0 }
    let patience = Patience(awaited: asked.count)
    for socket in asked {
      let id = socket.id
      socket.acks.wait(
        for: ackID,
        AckWaiter {
          patience.answered()
          answer(id, $0)
        })
    }
    patience.end = eventLoop.assumeIsolated().scheduleTask(in: timeout) {
      for socket in asked { socket.acks.take(ackID)?.answer(.timedOut) }
    }
    let isVolatile = flags.contains(.volatile)
    for socket in asked where socket.isJoined { socket.session.send(message, isVolatile: isVolatile) }
    return asked.count
  }
}

/// How long the sockets of one loop may take to answer: it ends with the last answer, so that nobody is held until then. Used on that
/// loop only.
private final class Patience {
  private var awaited: Int
  var end: Scheduled<Void>?

  init(awaited: Int) { self.awaited = awaited }

  func answered() {
    awaited -= 1
    guard awaited == 0 else { return }
    end?.cancel()
    end = nil
  }
}
