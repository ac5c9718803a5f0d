/// The Socket.IO server.
public struct RealtimeOptions: Sendable {
  /// Paths on which Engine.IO is spoken.
  public var paths = ["/socket.io/", "/api/ws/"]
  /// How often the server pings.
  public var pingInterval = Duration.seconds(25)
  /// How long it waits for the answer.
  public var pingTimeout = Duration.seconds(20)
  /// The largest packet a client may send.
  public var maxPayload = ByteSize(bytes: 1_000_000)
  /// How long a lost connection can be resumed; zero is never.
  public var recovery = Duration.seconds(120)
  /// What is compressed; nil is what socket.io compresses by default: answers to polls.
  public var compression: CompressionOptions?

  /// The defaults.
  public init() {}
}

extension RealtimeOptions: ConfigSection {
  static var keys: [Key<Self>] {
    let recovery = ValueType<Duration>.word(
      "off", .zero, or: .duration(.zero ... .seconds(86_400)), wrap: { $0 }, unwrap: { $0 == .zero ? nil : $0 })
    return [
      Key("paths", \.paths, .list(of: .route, minimum: 1, maximum: 16), "Paths on which Engine.IO is spoken."),
      Key("ping_interval", \.pingInterval, .duration(.seconds(1) ... .seconds(3600)), "How often the server pings."),
      Key("ping_timeout", \.pingTimeout, .duration(.seconds(1) ... .seconds(3600)), "How long it waits for the answer."),
      Key(
        "max_payload", \.maxPayload, .size(ByteSize(bytes: 1024)...ByteSize(bytes: 100 << 20)), "The largest packet a client may send."),
      Key("recovery", \.recovery, recovery, "How long a lost connection can be resumed; off is never."),
      Key(
        "compression", \.compression, .section,
        "What is compressed for clients that accept it; without this key answers to polls are, from 1 KiB on, and WebSocket messages are not."
      ),
    ]
  }
}

/// Compression of WebSocket messages and of answers to polls, for clients that accept it.
public struct CompressionOptions: Sendable {
  /// Smaller messages are sent as they are.
  public var threshold = ByteSize(bytes: 1000)
  /// Whether answers to polls are compressed.
  public var polls = true
  /// Whether WebSocket messages are.
  public var webSockets = true

  /// The defaults.
  public init() {}
}

extension CompressionOptions: ConfigSection {
  static var keys: [Key<Self>] {
    [
      Key(
        "threshold", \.threshold, .size(ByteSize(bytes: 0)...ByteSize(bytes: 100 << 20)), "Smaller messages are sent as they are."),
      Key("polls", \.polls, .bool, "Whether answers to polls are compressed."),
      Key("websockets", \.webSockets, .bool, "Whether WebSocket messages are compressed."),
    ]
  }
}
