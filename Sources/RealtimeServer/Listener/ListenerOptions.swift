public import NIOCore

/// How a listener serves.
public struct ListenerOptions: Sendable {
  /// Deadlines, sizes and counts.
  public var limits = HTTPLimits()
  /// Web origins.
  public var cors = CORSPolicy.sameOrigin
  /// Peers whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
  public var trustedProxies = TrustedProxies.none
  /// TLS; nil serves plain text.
  public var tls: TLSOptions?
  /// Connections the kernel may queue.
  public var backlog: Int32 = 1024
  /// Asked at each request's head, on event loops: how long this client, as it is counted, has to wait before it asks again; nil lets
  /// the request pass. Clients that share an address (trusted proxies, unix sockets) and routes without a rate are not asked about.
  public var admission: (@Sendable (_ client: String) -> TimeAmount?)?
  /// What a websocket may have waiting, and the longest message it may send.
  public var webSocket = WebSocketLimits()
  /// How WebSocket messages are compressed for clients that offer it; nil is not at all.
  public var compression: CompressionOptions?
  /// From how many bytes on answers to polls are compressed for clients that accept it; nil is never.
  var pollCompression: Int?

  /// The body of the listener's own refusals: its content type and bytes. `reason` is what is wrong with the request, nil where the
  /// status says all. The refusals of the engine paths have the reference's.
  public var errorBody: @Sendable (_ status: Int, _ reason: String?, _ requestID: String) -> (contentType: String, bytes: [UInt8]) = {
    status, reason, _ in ("text/plain; charset=utf-8", Array((reason ?? "\(status)").utf8))
  }

  /// The defaults.
  public init() {}
}

extension ListenerOptions {
  /// What a refused request is answered with.
  func response(to refusal: HTTPRefusal, requestID: String) -> HTTPResponse {
    let (contentType, bytes) = errorBody(refusal.status, refusal.reason, requestID)
    let wait = refusal.retryAfter.map { "\(max(1, ($0.nanoseconds + 999_999_999) / 1_000_000_000))" }
    let fields = [("Allow", refusal.allow), ("Accept-Encoding", refusal.acceptEncoding), ("Retry-After", wait)]
      .compactMap { name, value in value.map { (name, $0) } }
    return HTTPResponse(status: refusal.status, contentType: contentType, headers: fields, bytes: bytes, closes: refusal.closes)
  }
}
