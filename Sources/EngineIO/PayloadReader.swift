/// Reads the packets of one polling body, one after the other, so that those before a bad one count.
///
/// Source: socketio/engine.io-protocol, "HTTP long-polling"; packets are joined by 0x1E, binary ones are `b` and base64.
public struct PayloadReader {
  /// One packet of a body.
  public enum Packet: Sendable, Hashable {
    /// A text packet: its type and where its data lie in the body.
    case text(PacketKind, Range<Int>)
    /// A binary message.
    case binary([UInt8])
  }

  /// What stands between two packets.
  public static let separator: UInt8 = 0x1E

  private let body: UnsafeRawBufferPointer
  private var index = 0
  private var isAtEnd = false

  /// A reader of this body. The memory must stay in place as long as the reader is used.
  public init(_ body: UnsafeRawBufferPointer) { self.body = body }

  /// The next packet; nil after the last one. After an error there is nothing more to read.
  public mutating func next() throws(PacketError) -> Packet? {
    if isAtEnd { return nil }
    let start = index
    while index < body.count, body[index] != Self.separator { index += 1 }
    let end = index
    isAtEnd = end == body.count
    index += 1
    guard start < end else {
      isAtEnd = true
      throw .empty
    }
    if body[start] == UInt8(ascii: "b") {
      guard let bytes = Base64.decode(UnsafeRawBufferPointer(rebasing: body[(start + 1)..<end])) else {
        isAtEnd = true
        throw .badBase64
      }
      return .binary(bytes)
    }
    guard let kind = PacketKind(rawValue: body[start]) else {
      isAtEnd = true
      throw .unknownKind
    }
    return .text(kind, (start + 1)..<end)
  }
}
