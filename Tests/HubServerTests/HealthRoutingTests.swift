import HubServer
import NIOCore
import NIOPosix
import RealtimeServer
import Testing

@Suite("Health on the main listener")
struct HealthRoutingTests {
  private func answer(_ routing: some HTTPRouting, _ path: String) async throws -> HTTPResponse {
    guard case .route(let route) = routing.match(method: "GET", path: path) else { throw Missing() }
    return await withCheckedContinuation { continuation in
      let responder = HTTPResponder(eventLoop: MultiThreadedEventLoopGroup.singleton.next()) { continuation.resume(returning: $0) }
      route.handle(HTTPRequest(method: "GET", target: path), responder)
    }
  }

  @Test("/health is good, /ready follows readiness, and neither tells more than that")
  func routes() async throws {
    let routing = HealthRouting(readiness: Readiness([.init("journal") { .failing("disk full") }]), next: NoRoutes())
    let health = try await answer(routing, "/health")
    #expect(health.status == 200 && String(buffer: health.body) == #"{"status":"ok"}"#)
    let ready = try await answer(routing, "/ready")
    #expect(ready.status == 503 && String(buffer: ready.body) == #"{"status":"unavailable"}"#)
    let good = try await answer(HealthRouting(readiness: Readiness([]), next: NoRoutes()), "/ready")
    #expect(good.status == 200)
  }

  @Test("other methods are refused, other paths are left to the routing behind")
  func others() {
    let routing = HealthRouting(readiness: Readiness([]), next: NoRoutes())
    guard case .methodNotAllowed(let allow) = routing.match(method: "POST", path: "/health") else {
      Issue.record("POST was not refused")
      return
    }
    #expect(allow == ["GET", "HEAD"])
    guard case .notFound = routing.match(method: "GET", path: "/health/") else {
      Issue.record("another path was taken")
      return
    }
  }

  private struct Missing: Error {}
}
