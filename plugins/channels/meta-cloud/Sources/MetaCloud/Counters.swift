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

  /// What became of typing that was to be shown.
  enum Typing: String {
    case sent, failed
    /// It is shown already.
    case shown
    /// No message came in that it could be shown for.
    case noMessage = "no_message"
  }

  /// What became of a file that somebody wanted to see.
  enum Media: String {
    /// Meta said where it is.
    case there
    case gone, unavailable, refused
  }

  private let requests: HubMetric?
  private let events: HubMetric?
  private let dropped: HubMetric?
  private let unfamiliar: HubMetric?
  private let signatureFailures: HubMetric?
  private let attempts: HubMetric?
  private let errors: HubMetric?
  private let typing: HubMetric?
  private let media: HubMetric?

  init(services: HubServices) {
    requests = try? services.metric(.counter, "meta_requests_total", labels: ["outcome"])
    events = try? services.metric(.counter, "meta_events_total", labels: ["kind"])
    dropped = try? services.metric(.counter, "meta_dropped_total", labels: ["reason"])
    unfamiliar = try? services.metric(.counter, "meta_unfamiliar_total", labels: ["what"])
    signatureFailures = try? services.metric(.counter, "meta_signature_failures_total")
    attempts = try? services.metric(.counter, "meta_attempts_total", labels: ["stage", "outcome"])
    errors = try? services.metric(.counter, "meta_errors_total", labels: ["code"])
    typing = try? services.metric(.counter, "meta_typing_total", labels: ["outcome"])
    media = try? services.metric(.counter, "meta_media_total", labels: ["outcome"])
  }

  func count(_ outcome: Outcome) {
    requests?.record(1, [outcome.rawValue])
    if outcome == .badSignature { signatureFailures?.record() }
  }

  func count(_ typing: Typing) { self.typing?.record(1, [typing.rawValue]) }

  func count(_ media: Media) { self.media?.record(1, [media.rawValue]) }

  /// One request to the Graph API, or none because it was known what would come of it.
  func count(_ verdict: Verdict, _ stage: GraphStage) {
    attempts?.record(1, [stage.rawValue, verdict.held == nil ? verdict.outcome.word : "held"])
    // A stranger's codes must not become ever more series.
    guard let code = verdict.code else { return }
    let isKnown = Int64(code).map { GraphErrorAction(code: $0) != nil } ?? true
    errors?.record(1, [isKnown ? code : "other"])
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
