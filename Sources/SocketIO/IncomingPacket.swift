/// A packet as places in the bytes it came in. All ranges count from the start of the buffer given to the decoder.
public struct IncomingPacket: Sendable, Hashable {
  /// The type.
  public var type: PacketType
  /// Where the namespace lies; empty when none was written, which means `/`.
  public var namespace: Range<Int>
  /// The id of an event that wants an answer, or of the event an ack answers.
  public var id: UInt64?
  /// Where the JSON payload lies.
  public var payload: Range<Int>?
  /// Where the elements of an event's or ack's array lie; an event's first is its name.
  public var elements: [Range<Int>]
  /// How many binary messages follow.
  public var attachmentCount: Int
}
