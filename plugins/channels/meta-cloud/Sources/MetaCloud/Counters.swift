import HubModel
import HubPluginSDK

/// The channel's counters in the hub's /metrics. Without the metric service nothing is counted.
final class Counters: Sendable {
  /// What became of a request.
  enum Outcome: String {
    case accepted, unavailable, malformed
    case badSignature = "bad_signature"
    case badRequest = "bad_request"
    case verified
    case badToken = "bad_token"
  }

  private let requests: HubMetric?
  private let events: HubMetric?
  private let dropped: HubMetric?
  private let unfamiliar: HubMetric?
  private let signatureFailures: HubMetric?

  init(services: HubServices) {
    requests = try? services.metric(.counter, "meta_requests_total", labels: ["outcome"])
    events = try? services.metric(.counter, "meta_events_total", labels: ["kind"])
    dropped = try? services.metric(.counter, "meta_dropped_total", labels: ["reason"])
    unfamiliar = try? services.metric(.counter, "meta_unfamiliar_total", labels: ["what"])
    signatureFailures = try? services.metric(.counter, "meta_signature_failures_total")
  }

  func count(_ outcome: Outcome) {
    requests?.record(1, [outcome.rawValue])
    if outcome == .badSignature { signatureFailures?.record() }
  }

  func count(_ parsed: ParsedWebhook) {
    if let events {
      if parsed.events.count == 1 {
        events.record(1, [parsed.events[0].kind.rawValue])
      } else {
        let byKind = parsed.events.reduce(into: [EventKind: Int]()) { $0[$1.kind, default: 0] += 1 }
        for (kind, count) in byKind { events.record(Double(count), [kind.rawValue]) }
      }
    }
    for (reason, count) in parsed.drops { dropped?.record(Double(count), [reason.rawValue]) }
    for name in parsed.unfamiliar { unfamiliar?.record(1, [name.what]) }
  }
}

extension Unfamiliar {
  /// The sort of name, for a label and a log field.
  var what: String {
    switch self {
    case .field: "field"
    case .messageType: "message_type"
    case .interactiveType: "interactive_type"
    case .status: "status"
    }
  }

  /// The name itself, cut to what a log line should hold.
  var name: String {
    switch self {
    case .field(let name), .messageType(let name), .interactiveType(let name), .status(let name): String(name.prefix(64))
    }
  }
}
