public import NIOCore

/// A request as routes and the engine endpoint see it.
public struct HTTPRequest: Sendable {
  /// The method, upper case as sent.
  public var method: String
  /// The request target as sent, origin form.
  public var target: String
  /// The target up to `?`, not decoded.
  public var path: String
  /// The target after the first `?`, not decoded; empty when there is none.
  public var query: String
  /// All fields in the order sent, names as sent.
  public var headers: [(String, String)] {
    get { fields.texts }
    set { fields = HTTPFields(newValue) }
  }
  /// The complete body; empty while only the head is known.
  public var body: ByteBuffer
  /// Address of the client without port, after trusted proxies; `unix` for a peer on a unix socket.
  public var remote: String
  /// The correlation id: the client's `X-Request-Id` when sane, else made here.
  public var requestID: String
  /// Whether the connection is TLS.
  public var isSecure: Bool
  /// Whether the client's own connection is: what a trusted proxy says in `X-Forwarded-Proto`, or else that this one is TLS. Nil when
  /// nobody says so: one that is not may come from a proxy that ends TLS.
  public internal(set) var isClientSecure: Bool?
  /// What took the body, when the route has it received piece by piece.
  public internal(set) var receiver: (any HTTPBodyReceiver)?
  var fields: HTTPFields
  /// What the body takes of the listener's memory.
  var share: BodyBudget.Share?

  /// A request with these members.
  public init(
    method: String, target: String, headers: [(String, String)] = [], body: ByteBuffer = ByteBuffer(), remote: String = "",
    requestID: String = "", isSecure: Bool = false
  ) {
    self.init(method: method, target: target, fields: HTTPFields(headers), remote: remote, isSecure: isSecure)
    self.body = body
    self.requestID = requestID
  }

  init(method: String, target: String, fields: HTTPFields, remote: String, isSecure: Bool) {
    self.method = method
    self.target = target
    (path, query) = RequestTarget.split(target)
    self.fields = fields
    body = ByteBuffer()
    self.remote = remote
    requestID = ""
    self.isSecure = isSecure
    isClientSecure = isSecure ? true : nil
  }

  /// Lends the names and values of all fields, in the order sent, as the bytes they are.
  public func withFieldBytes<Result>(
    _ body: ([(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)]) -> Result
  ) -> Result {
    fields.withBytes(body)
  }

  /// The first value of the field, names compared without case.
  public func header(_ name: String) -> String? { fields.first(name) }

  /// The last value of a query parameter, form-decoded; nil when it is missing.
  public func queryValue(_ name: String) -> String? {
    RequestTarget.lastValue(of: name, inQuery: query)
  }
}
