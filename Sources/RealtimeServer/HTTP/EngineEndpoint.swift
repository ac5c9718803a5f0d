/// The part of the server that owns the engine paths. Everything is called on the connection's event loop; a session may live on
/// another one, so the responder and the answer may be completed later and from any thread.
protocol EngineEndpoint: Sendable {
  /// Paths with a slash at the end, matched by prefix.
  var paths: [String] { get }

  /// Whether an upgrade has to name its transport in the query.
  var namesTransport: Bool { get }

  /// The most bytes a polling body may have; above it the server answers 413 itself.
  var maxBody: Int { get }

  /// A request with a body has begun (`body` is still empty).
  func bodyBegan(_ request: HTTPRequest)

  /// The body that began will not be complete. Nothing is to be answered.
  func bodyFailed(_ request: HTTPRequest, reason: BodyFailure)

  /// A complete request without websocket upgrade. If the client may hang up while it waits, see `HTTPResponder.onAbort`.
  func request(_ request: HTTPRequest, responder: HTTPResponder)

  /// A websocket upgrade whose handshake fields are in order. CORS fields are added to either answer.
  func upgrade(_ request: HTTPRequest, answer: UpgradeAnswer)
}

extension EngineEndpoint {
  var namesTransport: Bool { true }
  func bodyBegan(_ request: HTTPRequest) {}
  func bodyFailed(_ request: HTTPRequest, reason: BodyFailure) {}
}

/// Why a body that began never became complete.
enum BodyFailure: Sendable, Equatable {
  /// The client hung up.
  case aborted
  /// Over `maxBody`; answered 413. The session stays usable.
  case tooLarge
  /// Slower than the limits allow; answered 408.
  case timeout
  /// Not HTTP; answered 400.
  case malformed
}
