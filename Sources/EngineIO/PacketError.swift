/// Why bytes of a peer are not Engine.IO packets. Each of them ends the session.
public enum PacketError: Error, Sendable, Hashable {
  /// A packet without a type, or a body without a packet.
  case empty
  /// A first byte that is no packet type.
  case unknownKind
  /// A binary packet that is not base64.
  case badBase64
}
