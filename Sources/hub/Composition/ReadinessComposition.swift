import HubHost
import HubServer
import HubStore

/// What has to be good for the hub to be ready.
enum ReadinessComposition {
  static func readiness(journal: Journal, host: PluginHost) -> Readiness {
    Readiness([
      Readiness.Check("journal") {
        switch journal.readiness {
        case .ready: .ready
        case .unavailable(let reason): .failing(reason)
        case .closed: .failing("closed")
        }
      },
      Readiness.Check("adapters") {
        let down = host.statuses.filter { !$0.isReady }.map(\.id)
        return down.isEmpty ? .ready : .failing("down: \(down.joined(separator: ", "))")
      },
    ])
  }
}
