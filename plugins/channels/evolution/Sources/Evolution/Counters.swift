import HubModel
import HubPluginSDK

/// The channel's counters in the hub's /metrics. Without the metric service nothing is counted.
struct Counters: Sendable {
  /// What became of a request.
  enum Outcome: String {
    case accepted, unavailable, malformed
    case badCredentials = "bad_credentials"
    case badRequest = "bad_request"
  }

  private let requests: HubMetric?
  private let socketEvents: HubMetric?
  private let sends: HubMetric?
  private let gaps: HubMetric?
  private let caughtUp: HubMetric?
  private let deaf: HubMetric?
  private let events: HubMetric?
  private let dropped: HubMetric?
  private let unfamiliar: HubMetric?
  private let serverErrors: HubMetric?

  init(services: HubServices) {
    requests = try? services.metric(.counter, "evolution_requests_total", labels: ["outcome"])
    socketEvents = try? services.metric(.counter, "evolution_socket_events_total")
    sends = try? services.metric(.counter, "evolution_sends_total", labels: ["outcome"])
    gaps = try? services.metric(.counter, "evolution_gaps_total", labels: ["outcome"])
    caughtUp = try? services.metric(.counter, "evolution_caught_up_events_total")
    deaf = try? services.metric(.counter, "evolution_deaf_total")
    events = try? services.metric(.counter, "evolution_events_total", labels: ["kind"])
    dropped = try? services.metric(.counter, "evolution_dropped_total", labels: ["reason"])
    unfamiliar = try? services.metric(.counter, "evolution_unfamiliar_total", labels: ["what"])
    serverErrors = try? services.metric(.counter, "evolution_server_errors_total")
  }

  func count(_ outcome: Outcome) { requests?.record(1, [outcome.rawValue]) }

  func countSocketEvent() { socketEvents?.record() }

  func count(_ outcome: HubOutcome) { sends?.record(1, [outcome.word]) }

  func countFailedTyping() { sends?.record(1, ["typing_failed"]) }

  func countFilled(_ events: Int) {
    gaps?.record(1, ["filled"])
    caughtUp?.record(Double(events))
  }

  func countGivenUp() { gaps?.record(1, ["given_up"]) }

  /// An instance went on without being heard.
  func countDeaf() { deaf?.record() }

  func count(_ parsed: ParsedEnvelope) {
    let byKind = parsed.events.reduce(into: [EventKind: Int]()) { $0[$1.kind, default: 0] += 1 }
    for (kind, count) in byKind { events?.record(Double(count), [kind.rawValue]) }
    for (reason, count) in parsed.drops { dropped?.record(Double(count), [reason.rawValue]) }
    for name in parsed.unfamiliar { unfamiliar?.record(1, [name.what]) }
    if parsed.serverError != nil { serverErrors?.record() }
  }
}

extension Unfamiliar {
  /// The sort of name, for a label and a log field.
  var what: String {
    switch self {
    case .event: "event"
    case .content: "content"
    case .status: "status"
    case .presence: "presence"
    }
  }

  /// The name itself, cut to what a log line should hold.
  var name: String {
    switch self {
    case .event(let name), .content(let name), .status(let name), .presence(let name): String(name.prefix(64))
    }
  }
}
