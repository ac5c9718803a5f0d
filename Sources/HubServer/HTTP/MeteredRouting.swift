public import HubTelemetry
public import RealtimeServer

/// Counts and times what the routing behind it answers.
public struct MeteredRouting: HTTPRouting {
  private let requests: MetricFamily<Counter>
  /// Of `requests`, what nearly all are.
  private let succeeded: Counter
  private let seconds: Histogram
  private let next: any HTTPRouting

  /// Meters for `next`.
  public init(metrics: HubMetrics, next: any HTTPRouting) {
    requests = metrics.httpRequests
    succeeded = requests.with("200")
    seconds = metrics.httpSeconds.with()
    self.next = next
  }

  /// What the routing behind answers; a route's responder is replaced by one that records and passes on.
  public func match(method: String, path: String) -> HTTPRouteMatch {
    let match = next.match(method: method, path: path)
    guard case .route(let route) = match else { return match }
    var metered = route
    metered.handle = { [requests, succeeded, seconds] request, responder in
      let start = ContinuousClock.now
      route.handle(
        request,
        HTTPResponder(eventLoop: responder.eventLoop) { response in
          (response.status == 200 ? succeeded : requests.with(String(response.status))).increment()
          seconds.observe((ContinuousClock.now - start) / .seconds(1))
          responder.respond(response)
        })
    }
    return .route(metered)
  }
}
