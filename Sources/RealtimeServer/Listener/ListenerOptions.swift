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
  /// What is compressed; nil is nothing.
  public var compression: CompressionOptions?

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
    let fields = [("Allow", refusal.allow), ("Accept-Encoding", refusal.acceptEncoding)].compactMap { name, value in
      value.map { (name, $0) }
    }
    return HTTPResponse(status: refusal.status, contentType: contentType, headers: fields, bytes: bytes, closes: refusal.closes)
  }
}
