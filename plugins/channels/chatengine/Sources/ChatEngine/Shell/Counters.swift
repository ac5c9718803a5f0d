import HubModel
import HubPluginSDK

/// The channel's metrics in the hub's /metrics. Without the metric service nothing is counted.
struct Counters: Sendable {
  private let events: HubMetric?
  private let dropped: HubMetric?
  private let unfamiliar: HubMetric?
  private let said: HubMetric?
  private let subscriptions: HubMetric?
  private let sends: HubMetric?
  private let unnamed: HubMetric?

  init(services: HubServices) {
    events = try? services.metric(.counter, "chatengine_events_total", labels: ["kind"])
    dropped = try? services.metric(.counter, "chatengine_dropped_total", labels: ["reason"])
    unfamiliar = try? services.metric(.counter, "chatengine_unfamiliar_total", labels: ["what"])
    said = try? services.metric(.counter, "chatengine_said_total", labels: ["event"])
    subscriptions = try? services.metric(.gauge, "chatengine_subscriptions", labels: ["workspace"])
    sends = try? services.metric(.counter, "chatengine_sends_total", labels: ["outcome"])
    unnamed = try? services.metric(.counter, "chatengine_sends_without_id_total", labels: ["path"])
  }

  func count(_ parsed: Parsed) {
    let byKind = parsed.events.reduce(into: [EventKind: Int]()) { $0[$1.kind, default: 0] += 1 }
    for (kind, count) in byKind { events?.record(Double(count), [kind.rawValue]) }
    for (reason, count) in parsed.drops { dropped?.record(Double(count), [reason.rawValue]) }
    for name in parsed.unfamiliar { unfamiliar?.record(1, [name.what]) }
  }

  func drop(_ reason: DropReason, _ count: Int = 1) {
    if count > 0 { dropped?.record(Double(count), [reason.rawValue]) }
  }

  func said(_ event: String) { said?.record(1, [event]) }
  func subscribed(_ count: Int, in workspace: String) { subscriptions?.record(Double(count), [workspace]) }
  func sent(_ outcome: String) { sends?.record(1, [outcome]) }
  /// Taken, and the answer has no id at this path.
  func sentWithoutID(at path: String) { unnamed?.record(1, [path]) }
}
