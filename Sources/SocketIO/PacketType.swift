/// The packet types of Socket.IO v5; the raw value is the ASCII digit on the wire.
///
/// Source: socketio/socket.io-protocol, "Packet encoding".
public enum PacketType: UInt8, Sendable, Hashable, CaseIterable {
  /// Asks to join a namespace, or says that it is joined.
  case connect = 0x30
  /// Leaves a namespace.
  case disconnect
  /// An event.
  case event
  /// The answer to an event.
  case ack
  /// Refuses a namespace.
  case connectError
  /// An event with binary attachments.
  case binaryEvent
  /// An answer with binary attachments.
  case binaryAck
}
