/// An event on its way to clients.
public struct EventPacket: Sendable {
  /// The event's name.
  public var name: String
  /// The arguments: the text of a JSON array. With attachments, `{"_placeholder":true,"num":k}` stands for attachment k.
  public var arguments: [UInt8]
  /// Binary attachments; empty for almost every event.
  public var attachments: [[UInt8]]
  /// What follows the last argument where sockets can be recovered, and tells what a client has got: unique and in the order in which
  /// packets are emitted. Without it, a packet is not kept for clients that come back.
  public var offset: String?

  /// An event.
  ///
  /// - Parameter arguments: the text of a JSON array. It is sent as it is: it must be valid.
  public init(_ name: String, arguments: [UInt8], attachments: [[UInt8]] = [], offset: String? = nil) {
    self.name = name
    self.arguments = arguments
    self.attachments = attachments
    self.offset = offset
  }
}

/// How an emit is to be treated.
public struct EmitFlags: OptionSet, Sendable {
  /// The raw bits.
  public let rawValue: UInt8
  /// Flags from raw bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  /// Dropped for every socket whose transport cannot take it at once; never buffered.
  public static let volatile = EmitFlags(rawValue: 1)
  /// Sent as it is to everybody, for data that is compressed already. The answer to a poll that holds other packets, too, may be
  /// compressed for theirs.
  public static let uncompressed = EmitFlags(rawValue: 2)
}
