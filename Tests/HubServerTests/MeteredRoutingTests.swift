import HubServer
import HubTelemetry
import NIOCore
import NIOPosix
import RealtimeServer
import Testing

@Suite("Metered routes")
struct MeteredRoutingTests {
  /// Answers 201 at `/a` and drops the responder at `/b`.
  private struct Routes: HTTPRouting {
    func match(method: String, path: String) -> HTTPRouteMatch {
      guard path == "/a" || path == "/b" else { return .notFound }
      return .route(
        HTTPRoute(maxBody: 7, isRateLimited: false) { _, responder in
          if path == "/a" { responder.respond(HTTPResponse(status: 201)) }
        })
    }
  }

  @Test("answers pass unchanged and are counted by status, also those of a route that forgot to answer")
  func counting() async throws {
    let metrics = try HubMetrics()
    let routing = MeteredRouting(metrics: metrics, next: Routes())
    for (path, status) in [("/a", 201), ("/b", 500), ("/a", 201)] {
      let answer: HTTPResponse = await withCheckedContinuation { continuation in
        guard case .route(let route) = routing.match(method: "GET", path: path) else { return }
        #expect(route.maxBody == 7 && !route.isRateLimited)
        let responder = HTTPResponder(eventLoop: MultiThreadedEventLoopGroup.singleton.next()) { continuation.resume(returning: $0) }
        route.handle(HTTPRequest(method: "GET", target: path), responder)
      }
      #expect(answer.status == status)
    }
    #expect(metrics.httpRequests.with("201").value == 2 && metrics.httpRequests.with("500").value == 1)
    #expect(metrics.httpSeconds.with().count == 3)
    guard case .notFound = routing.match(method: "GET", path: "/c") else {
      Issue.record("another path was taken")
      return
    }
  }
}
