/// What a peer may ask of the decoder.
public struct DecodeLimits: Sendable, Hashable {
  /// How deep arrays and objects may be nested.
  public var depth: Int
  /// How many arguments one event or answer may have, its name included.
  public var arguments: Int
  /// How many values the arguments of a packet with attachments may hold; others are never taken apart.
  public var values: Int
  /// How many binary attachments one packet may have.
  public var attachments: Int
  /// How many bytes the attachments of one packet may have in all.
  public var attachmentBytes: Int

  /// Limits; the number of attachments is that of the reference parser since 4.2.6.
  public init(depth: Int = 128, arguments: Int = 10_000, values: Int = 100_000, attachments: Int = 10, attachmentBytes: Int = 4_000_000) {
    self.depth = depth
    self.arguments = arguments
    self.values = values
    self.attachments = attachments
    self.attachmentBytes = attachmentBytes
  }
}
