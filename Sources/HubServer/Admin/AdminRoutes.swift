internal import HubModel
public import HubTelemetry
public import OrderedJSON

/// What the admin listener answers: a function from request to answer, without a socket.
public struct AdminRoutes: Sendable {
  private let readiness: Readiness
  private let metrics: MetricRegistry
  private let status: @Sendable () -> JSONObject
  private let stop: @Sendable () -> Void
  let outbox: OutboxRoutes?

  /// The routes.
  ///
  /// - Parameters:
  ///   - status: the members of `GET /admin/v1/status` besides `ready` and `checks`; answers at once, from any thread.
  ///   - stop: begins the orderly stop and returns; may be called more than once.
  ///   - outbox: what is asked about the outbox; nil: there is none.
  public init(
    readiness: Readiness, metrics: MetricRegistry, status: @escaping @Sendable () -> JSONObject, stop: @escaping @Sendable () -> Void,
    outbox: OutboxRoutes? = nil
  ) {
    self.readiness = readiness
    self.metrics = metrics
    self.status = status
    self.stop = stop
    self.outbox = outbox
  }

  func answer(_ request: AdminRequest) -> AdminAnswer {
    let method = request.method == "HEAD" ? "GET" : request.method
    guard let allowed = Self.methods[request.path] else { return .problem(.notFound, for: request) }
    guard method == allowed else {
      var answer = AdminAnswer.problem(.methodNotAllowed, for: request)
      answer.headers = [("Allow", allowed == "GET" ? "GET, HEAD" : allowed)]
      return answer
    }
    switch request.path {
    case "/healthz": return .json(["status": "ok"])
    case "/readyz": return ready()
    case "/metrics": return AdminAnswer(status: 200, contentType: PrometheusText.contentType, body: metrics.text().bytes)
    case "/admin/v1/status": return statusAnswer()
    default:
      stop()
      return .json(["state": "stopping"], status: 202)
    }
  }

  private static let methods = [
    "/healthz": "GET", "/readyz": "GET", "/metrics": "GET", "/admin/v1/status": "GET", "/admin/v1/stop": "POST",
  ]

  private func ready() -> AdminAnswer {
    let report = readiness.report()
    return .json(report.json, status: report.isReady ? 200 : 503)
  }

  private func statusAnswer() -> AdminAnswer {
    let report = readiness.report()
    var members = status()
    members["ready"] = .bool(report.isReady)
    members["checks"] = report.checks
    return .json(.object(members))
  }
}
