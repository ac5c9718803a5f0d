public import NIOCore

/// A request as routes and the engine endpoint see it.
public struct HTTPRequest: Sendable {
  /// The method, upper case as sent.
  public var method: String { head.method }
  /// The request target as sent, origin form.
  public var target: String { head.target }
  /// The target up to `?`, not decoded.
  public var path: String { head.path }
  /// The target after the first `?`, not decoded; empty when there is none.
  public var query: String { head.query }
  /// All fields in the order sent, names as sent.
  public var headers: [(String, String)] { fields.texts }
  /// The complete body; empty while only the head is known.
  public var body: ByteBuffer
  /// Address of the client without port, after trusted proxies; `unix` for a peer on a unix socket.
  public var remote: String { head.remote }
  /// The correlation id: the client's `X-Request-Id` when sane, else made here.
  public var requestID: String { head.requestID }
  /// Whether the connection is TLS.
  public var isSecure: Bool { head.isSecure }
  /// Whether the client's own connection is: what a trusted proxy says in `X-Forwarded-Proto`, or else that this one is TLS. Nil when
  /// nobody says so: one that is not may come from a proxy that ends TLS.
  public var isClientSecure: Bool? { head.isClientSecure }
  /// What took the body, when the route has it received piece by piece.
  public internal(set) var receiver: (any HTTPBodyReceiver)?
  var fields: HTTPFields { head.fields }
  /// What the body takes of the listener's memory.
  var share: BodyBudget.Share?
  private let head: Head

  /// What never changes once it was read. An object, because a request goes through a dozen hands and each would copy all of it.
  private final class Head: Sendable {
    let method, target, path, query, remote, requestID: String
    let fields: HTTPFields
    let isSecure: Bool
    let isClientSecure: Bool?

    init(
      method: String, target: String, fields: HTTPFields, remote: String, requestID: String, isSecure: Bool, isClientSecure: Bool?
    ) {
      (self.method, self.target) = (method, target)
      (path, query) = RequestTarget.split(target)
      (self.fields, self.remote, self.requestID) = (fields, remote, requestID)
      (self.isSecure, self.isClientSecure) = (isSecure, isClientSecure)
    }
  }

  /// A request with these members.
  public init(
    method: String, target: String, headers: [(String, String)] = [], body: ByteBuffer = ByteBuffer(), remote: String = "",
    requestID: String = "", isSecure: Bool = false
  ) {
    self.init(
      method: method, target: target, fields: HTTPFields(headers), remote: remote, requestID: requestID, isSecure: isSecure,
      isClientSecure: isSecure ? true : nil)
    self.body = body
  }

  init(method: String, target: String, fields: HTTPFields, remote: String, requestID: String, isSecure: Bool, isClientSecure: Bool?) {
    head = Head(
      method: method, target: target, fields: fields, remote: remote, requestID: requestID, isSecure: isSecure,
      isClientSecure: isClientSecure)
    body = ByteBuffer()
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
