/// How a listener serves.
public struct ListenerOptions: Sendable {
  /// Deadlines, sizes and counts.
  public var limits = HTTPLimits()
  /// Web origins.
  public var cors = CORSPolicy.sameOrigin
  /// Peers whose `X-Forwarded-For` is believed.
  public var trustedProxies = TrustedProxies.none
  /// TLS; nil serves plain text.
  public var tls: TLSOptions?
  /// Connections the kernel may queue.
  public var backlog: Int32 = 1024
  /// What a websocket may have waiting, and the longest message it may send.
  public var webSocket = WebSocketLimits()

  /// The defaults.
  public init() {}
}
