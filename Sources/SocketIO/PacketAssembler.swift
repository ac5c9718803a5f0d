/// Puts packets and their binary attachments together. One per connection, shared by its namespaces.
public struct PacketAssembler: Sendable {
  /// A whole packet, its text and its attachments.
  public struct Assembled: Sendable, Hashable {
    /// Places in ``text``.
    public var packet: IncomingPacket
    /// The bytes of the text message.
    public var text: [UInt8]
    /// The binary messages in the order of their numbers.
    public var attachments: [[UInt8]]
  }

  private struct Pending: Sendable {
    var assembled: Assembled
    var bytes = 0
  }

  /// One at most. In an array, because a connection that sends no binary events pays one word for it, and attachments are added in place.
  private var pending: [Pending] = []
  private var begun: UInt32 = 0

  /// Nothing is awaited.
  public init() {}

  /// Which attachment of which packet comes next.
  public struct Awaited: Sendable, Hashable {
    /// Another number for each packet.
    public var packet: UInt32
    /// From 0.
    public var attachment: Int
  }

  /// The attachment that is to follow; nil when none is.
  public var awaited: Awaited? {
    pending.first.map { Awaited(packet: begun, attachment: $0.assembled.attachments.count) }
  }

  /// The packet whose attachments are to follow, and those that came; nil when none is awaited.
  public var incomplete: Assembled? { pending.first?.assembled }

  /// Takes a text message; `start` is where the Socket.IO packet begins in it. Nil: attachments are to follow.
  public mutating func receive(
    text: [UInt8], from start: Int, limits: DecodeLimits
  ) throws(DecodeError) -> Assembled? {
    guard pending.isEmpty else { throw .missingAttachment }
    let packet = try Self.decode(text, from: start, limits: limits)
    let assembled = Assembled(packet: packet, text: text, attachments: [])
    if packet.attachmentCount > 0 {
      begun &+= 1
      pending = [Pending(assembled: assembled)]
      return nil
    }
    try Self.check(assembled, limits: limits)
    return assembled
  }

  /// Takes a binary message. Nil: more are to follow.
  public mutating func receive(binary: [UInt8], limits: DecodeLimits) throws(DecodeError) -> Assembled? {
    guard !pending.isEmpty else { throw .unexpectedBinary }
    guard pending[0].bytes + binary.count <= limits.attachmentBytes else { throw .attachmentsTooLarge }
    pending[0].bytes += binary.count
    pending[0].assembled.attachments.append(binary)
    guard pending[0].assembled.attachments.count == pending[0].assembled.packet.attachmentCount else { return nil }
    let assembled = pending.removeLast().assembled
    try Self.check(assembled, limits: limits)
    return assembled
  }

  private static func decode(_ text: [UInt8], from start: Int, limits: DecodeLimits) throws(DecodeError) -> IncomingPacket {
    let result = text.withUnsafeBytes { raw in
      Result { () throws(DecodeError) in try PacketDecoder.decode(raw, from: start, limits: limits) }
    }
    return try result.get()
  }

  /// Whether the placeholders of a packet that may have attachments name those that came.
  private static func check(_ assembled: Assembled, limits: DecodeLimits) throws(DecodeError) {
    let type = assembled.packet.type
    guard type == .binaryEvent || type == .binaryAck, let payload = assembled.packet.payload else { return }
    _ = try BinaryArguments.arrange(assembled.text[payload], attachments: assembled.attachments.count, limits: limits)
  }
}
