import RealtimeServer

/// Answers every request with its body.
struct EchoRoutes: HTTPRouting {
  func match(method: String, path: String) -> HTTPRouteMatch {
    .route(HTTPRoute(maxBody: 16 << 20) { request, responder in responder.respond(HTTPResponse(status: 200, body: request.body)) })
  }
}
