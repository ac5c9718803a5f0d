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
    _ packet: EventPacket, id ackID: UInt64, namespace: Namespace, targets: some Collection<UInt32>, timeout: TimeAmount,
    answer: @escaping (SocketID, AckOutcome) -> Void
  ) -> Int {
    guard let message = OutboundMessage(packet, namespace: namespace.name, id: ackID, threshold: options.compression?.threshold) else {
      return 0
    }
    let asked = targets.compactMap { sockets[Int($0)] }
    for socket in asked { socket.acks.wait(for: ackID, AckWaiter { answer(socket.id, $0) }) }
    eventLoop.assumeIsolated().scheduleTask(in: timeout) {
      for socket in asked { socket.acks.take(ackID)?.answer(.timedOut) }
    }
    for socket in asked where socket.isJoined { socket.session.send(message) }
    return asked.count
  }
}
