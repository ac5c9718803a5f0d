/// What a peer may ask of the decoder.
public struct DecodeLimits: Sendable, Hashable {
  /// How deep arrays and objects may be nested.
  public var depth: Int
  /// How many binary attachments one packet may have.
  public var attachments: Int
  /// How many bytes the attachments of one packet may have in all.
  public var attachmentBytes: Int

  /// Limits; the number of attachments is that of the reference parser since 4.2.6.
  public init(depth: Int = 128, attachments: Int = 10, attachmentBytes: Int = 4_000_000) {
    self.depth = depth
    self.attachments = attachments
    self.attachmentBytes = attachmentBytes
  }
}
