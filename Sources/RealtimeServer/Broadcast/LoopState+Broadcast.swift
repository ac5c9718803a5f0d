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
    let patience = Patience(asked)
    for socket in asked {
      let id = socket.id
      socket.acks.wait(
        for: ackID,
        AckWaiter {
          patience.answered()
          answer(id, $0)
        })
    }
    eventLoop.assumeIsolated().scheduleTask(in: timeout) {
      for socket in patience.asked { socket.acks.take(ackID)?.answer(.timedOut) }
    }
    let isVolatile = flags.contains(.volatile)
    for socket in asked where socket.isJoined { socket.session.send(message, isVolatile: isVolatile) }
    return asked.count
  }
}

/// Whom a timeout is for, on one loop: nobody any more with the last answer, so that no socket is held until then. The timeout itself stays,
/// because to take it back costs a search through all that are scheduled. Used on that loop only.
private final class Patience {
  private(set) var asked: [ServerSocket]
  private var awaited: Int

  init(_ asked: [ServerSocket]) { (self.asked, awaited) = (asked, asked.count) }

  func answered() {
    awaited -= 1
    if awaited == 0 { asked = [] }
  }
}
