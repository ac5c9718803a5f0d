/// Who answers a request.
enum Destination {
  /// Nobody: the answer is known.
  case fixed(HTTPResponse)
  /// Nobody: the listener refuses it.
  case refused(HTTPRefusal)
  case route(HTTPRoute)
  case engine(any EngineEndpoint)
  case upgrade(any EngineEndpoint)
}

/// A request whose body is arriving.
struct IncomingRequest {
  var request: HTTPRequest
  var destination: Destination
  var limit: Int
  /// Whether the client waits for `100 Continue` before it sends the body.
  var owesContinue: Bool
  /// Whether the connection ends with the answer.
  var closes: Bool
  var hasBody: Bool
  /// Bytes of the body so far, when they are not collected.
  var received = 0

  /// The engine endpoint, if it was told that this body began.
  var engine: (any EngineEndpoint)? {
    if case .engine(let engine) = destination, hasBody { engine } else { nil }
  }
}

/// A complete request that waits for its turn.
struct WaitingRequest {
  var request: HTTPRequest
  var destination: Destination
  var closes: Bool
}

/// The request that is being answered.
struct Exchange {
  var serial: UInt64
  var request: HTTPRequest
  var closes: Bool
  var isUpgrade: Bool
  var abort: (@Sendable () -> Void)?
}
