/// Media that pass through the hub.
public struct MediaOptions: Sendable {
  /// The largest medium, sent or received.
  public var maxSize = ByteSize(bytes: 100 << 20)
  /// How long an upload waits to be sent.
  public var uploads = Duration.seconds(86_400)
  /// How long a link to a medium is good, from the time of its event.
  public var links = Duration.seconds(7 * 86_400)
  /// Bytes of media kept on disk so that they need not be fetched again.
  public var cache = ByteSize(bytes: 1 << 30)
  /// The hub's address as browsers know it, which links begin with; nil: they begin with a path.
  public var url: String?

  /// The defaults.
  public init() {}
}

extension MediaOptions: ConfigSection {
  static var keys: [Key<Self>] {
    [
      Key("max_size", \.maxSize, .size(ByteSize(bytes: 1024)...ByteSize(bytes: 4 << 30)), "The largest medium, sent or received."),
      Key("uploads", \.uploads, .duration(.seconds(60) ... .seconds(30 * 86_400)), "How long an upload waits to be sent."),
      Key(
        "links", \.links, .duration(.seconds(60) ... .seconds(365 * 86_400)),
        "How long a link to a medium is good, from the time of its event."),
      Key(
        "cache", \.cache, .size(ByteSize(bytes: 0)...ByteSize(bytes: 1 << 44)),
        "Bytes of media kept on disk so that they need not be fetched again."),
      Key("url", \.url, .url("https", "http"), "The hub's address as browsers know it; without it links begin with a path."),
    ]
  }
}
