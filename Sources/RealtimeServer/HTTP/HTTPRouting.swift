public import NIOCore

/// Which route answers a request. Consulted at the request's head, on the connection's event loop, so it must not block.
public protocol HTTPRouting: Sendable {
  /// The answer for `method` (upper case) and `path` (as sent: starts with `/`, no query, not decoded).
  func match(method: String, path: String) -> HTTPRouteMatch
}

/// What `HTTPRouting` found.
public enum HTTPRouteMatch: Sendable {
  /// This route answers.
  case route(HTTPRoute)
  /// The path is known, the method isn't: 405 with these methods in `Allow`.
  case methodNotAllowed(allow: [String])
  /// 404.
  case notFound
}

/// One route.
public struct HTTPRoute: Sendable {
  /// The most bytes a body may have; one more is answered 413 and the connection closed.
  public var maxBody: Int
  /// Whether its requests count towards what a client may ask for in a second (`ListenerOptions.admission`).
  public var isRateLimited: Bool
  /// Asked on the connection's event loop at the head of a request with a body; nil: the body is collected.
  public var receive: (@Sendable (HTTPRequest, any EventLoop) -> HTTPBodyDecision)?
  /// Called on the connection's event loop with the complete body. The responder may be completed later and from any thread, once.
  public var handle: @Sendable (HTTPRequest, HTTPResponder) -> Void

  /// A route that takes bodies of at most `maxBody` bytes.
  public init(maxBody: Int, isRateLimited: Bool = true, handle: @escaping @Sendable (HTTPRequest, HTTPResponder) -> Void) {
    self.maxBody = maxBody
    self.isRateLimited = isRateLimited
    self.handle = handle
  }
}

/// The routing of a listener that has no routes: everything is 404.
public struct NoRoutes: HTTPRouting {
  /// Nothing is routed.
  public init() {}
  /// Always `notFound`.
  public func match(method: String, path: String) -> HTTPRouteMatch { .notFound }
}
