import HubTelemetry
import OrderedJSON
import Synchronization
import Testing

@testable import HubServer

@Suite("Admin routes")
struct AdminRoutesTests {
  private final class Hub: Sendable {
    let journal = Mutex<Readiness.Result>(.ready)
    let stops = Atomic<Int>(0)
    let registry = MetricRegistry()

    var routes: AdminRoutes {
      let readiness = Readiness([
        .init("journal") { self.journal.withLock { $0 } }, .init("adapter:meta-main") { .ready },
      ])
      return AdminRoutes(
        readiness: readiness, metrics: registry, status: { ["version": "1.2.3"] },
        stop: { _ = self.stops.wrappingAdd(1, ordering: .relaxed) })
    }
  }

  private func ask(_ hub: Hub, _ method: String, _ path: String) throws -> (AdminAnswer, JSONValue) {
    let answer = hub.routes.answer(AdminRequest(method: method, path: path, headers: [], remote: "", requestID: "req-1"))
    return (answer, try JSONValue(parsing: answer.body))
  }

  @Test("/healthz is alive even when nothing is ready")
  func health() throws {
    let hub = Hub()
    hub.journal.withLock { $0 = .failing("disk full") }
    let (answer, body) = try ask(hub, "GET", "/healthz")
    #expect(answer.status == 200 && body == ["status": "ok"])
  }

  @Test("/readyz is 200 when every check is good, and 503 naming the one that isn't")
  func ready() throws {
    let hub = Hub()
    let (good, goodBody) = try ask(hub, "GET", "/readyz")
    #expect(good.status == 200 && goodBody["status"] == "ready")
    hub.journal.withLock { $0 = .failing("disk full") }
    let (bad, body) = try ask(hub, "GET", "/readyz")
    #expect(bad.status == 503 && body["status"] == "not ready")
    #expect(body["checks"] == [["name": "journal", "ok": false, "detail": "disk full"], ["name": "adapter:meta-main", "ok": true]])
  }

  @Test("/metrics is Prometheus text of the registry")
  func metrics() throws {
    let hub = Hub()
    try hub.registry.counter("c_total", "C.").with().increment()
    let answer = hub.routes.answer(AdminRequest(method: "GET", path: "/metrics", headers: [], remote: "", requestID: "r"))
    #expect(answer.contentType == "text/plain; version=0.0.4; charset=utf-8")
    #expect(String(decoding: answer.body, as: UTF8.self).hasSuffix("c_total 1\n"))
  }

  @Test("status tells what the hub says of itself and whether it is ready")
  func status() throws {
    let (answer, body) = try ask(Hub(), "GET", "/admin/v1/status")
    #expect(answer.status == 200 && body["version"] == "1.2.3" && body["ready"] == true && body["checks"]?.array?.count == 2)
  }

  @Test("stop begins the stop, and only POST does")
  func stop() throws {
    let hub = Hub()
    let (wrong, problem) = try ask(hub, "GET", "/admin/v1/stop")
    #expect(wrong.status == 405 && problem["code"] == "method_not_allowed" && wrong.headers.contains { $0 == ("Allow", "POST") })
    #expect(hub.stops.load(ordering: .relaxed) == 0)
    let (answer, body) = try ask(hub, "POST", "/admin/v1/stop")
    #expect(answer.status == 202 && body["state"] == "stopping" && hub.stops.load(ordering: .relaxed) == 1)
  }

  @Test("an unknown path is a problem with a code and the correlation id")
  func unknown() throws {
    let (answer, body) = try ask(Hub(), "GET", "/admin/v2")
    #expect(answer.status == 404 && answer.contentType == "application/problem+json")
    #expect(body["code"] == "not_found" && body["status"] == 404 && body["requestId"] == "req-1")
  }
}
