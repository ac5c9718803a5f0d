public import NIOCore

/// A complete response. `Content-Length`, `Connection`, `Date`, `X-Request-Id` and the CORS fields are added by the server.
public struct HTTPResponse: Sendable {
  /// The status code, 200…599.
  public var status: Int
  /// Fields in order. A field whose name or value isn't legal is left out.
  public var headers: [(String, String)]
  /// The body; not sent for HEAD, 204 and 304.
  public var body: ByteBuffer
  /// Sent as the body in place of `body`.
  public var file: HTTPFile?
  /// Whether the connection ends after this response.
  public var closes: Bool
  /// Whether it may be compressed for clients that accept it.
  var isCompressible = false
  /// Whether it says `Content-Length: 0` although its status is 204, as browsers are used to of the answer to a preflight.
  var isPreflight = false

  /// How long the body is.
  var length: Int { file?.length ?? body.readableBytes }

  /// A response with these members.
  public init(status: Int, headers: [(String, String)] = [], body: ByteBuffer = ByteBuffer(), closes: Bool = false) {
    self.status = status
    self.headers = headers
    self.body = body
    self.closes = closes
  }

  /// A response with bytes and their content type.
  public init(status: Int, contentType: String, headers: [(String, String)] = [], bytes: some Collection<UInt8>, closes: Bool = false) {
    self.init(status: status, headers: [("Content-Type", contentType)] + headers, body: ByteBuffer(bytes: bytes), closes: closes)
  }

  /// A response with text and its content type.
  public init(status: Int, contentType: String, headers: [(String, String)] = [], text: String, closes: Bool = false) {
    self.init(status: status, headers: [("Content-Type", contentType)] + headers, body: ByteBuffer(string: text), closes: closes)
  }
}
