public import RealtimeServer

/// `/health` and `/ready` of the main listener: the status only, for frontends that ask for it; who wants to know more asks the
/// admin listener. Everything else is left to the routing behind.
public struct HealthRouting: HTTPRouting {
  private let readiness: Readiness
  private let next: any HTTPRouting

  /// The two routes before `next`.
  public init(readiness: Readiness, next: any HTTPRouting) {
    self.readiness = readiness
    self.next = next
  }

  /// Matches the two paths, or asks the routing behind.
  public func match(method: String, path: String) -> HTTPRouteMatch {
    let isReady: @Sendable () -> Bool
    switch path {
    case "/health": isReady = { true }
    case "/ready": isReady = { [readiness] in readiness.report().isReady }
    default: return next.match(method: method, path: path)
    }
    guard method == "GET" || method == "HEAD" else { return .methodNotAllowed(allow: ["GET", "HEAD"]) }
    return .route(
      HTTPRoute(maxBody: 0) { _, responder in
        let good = isReady()
        responder.respond(
          HTTPResponse(
            status: good ? 200 : 503, contentType: "application/json", headers: [("Cache-Control", "no-store")],
            text: #"{"status":"\#(good ? "ok" : "unavailable")"}"#))
      })
  }
}
