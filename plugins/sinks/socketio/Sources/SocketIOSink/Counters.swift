import HubPluginSDK
import Synchronization

/// The sink's metrics. Where `allow:` in hub.yaml doesn't grant metrics, nothing is counted.
final class Counters: Sendable {
  private struct Metrics {
    var packets: HubMetric?
    var commands: HubMetric?
    var ignored: HubMetric?
  }

  private let services: HubServices
  private let metrics = Mutex(Metrics())

  init(_ services: HubServices) { self.services = services }

  func define() {
    metrics.withLock {
      $0 = Metrics(
        packets: try? services.metric(.counter, "packets_total", labels: ["event"]),
        commands: try? services.metric(.counter, "commands_total", labels: ["command", "outcome"]),
        ignored: try? services.metric(.counter, "unknown_events_total"))
    }
  }

  func packet(_ name: String) { metrics.withLock { $0.packets }?.record(1, [name]) }
  func command(_ command: String, _ outcome: String) { metrics.withLock { $0.commands }?.record(1, [command, outcome]) }
  func ignored() { metrics.withLock { $0.ignored }?.record() }
}
