import HubPluginSDK
import OrderedJSON
import Synchronization

/// The mode `global` against a server that has its global events switched off.
extension EvolutionChannel {
  private var isGlobal: Bool { configuration.mode == .global }

  /// How long an instance may say nothing before it is looked for the first time: a server without global events is found out by what its
  /// database has.
  var firstSilenceMs: Int64? { isGlobal ? 60_000 : nil }

  /// The namespace of all instances is joined, which proves nothing.
  func joinedGlobal() {
    guard isGlobal, global.withLock({ $0.joined(nowMs: HubClock.wall()) }) else { return }
    services.log(.info, "the server is to send the events of all instances: it needs WEBSOCKET_GLOBAL_EVENTS=true")
  }

  /// An event came.
  func heardGlobal() {
    if isGlobal, global.withLock({ $0.heard() }) { services.health(.ok) }
  }

  /// Says that nothing came, when that is so.
  func attendGlobal() { say(global.withLock { $0.due(nowMs: HubClock.wall()) }) }

  /// Something did not come that happened.
  func missedGlobal() {
    if isGlobal { say(global.withLock { $0.missed() }) }
  }

  private func say(_ hint: GlobalSilence.Hint?) {
    switch hint {
    case nil: break
    case .quiet:
      services.health(
        .ok, "connected, and nothing came by the socket yet; if there was something, the server needs WEBSOCKET_GLOBAL_EVENTS=true")
    case .deaf:
      services.health(.degraded, "connected, but the server sends no events: it needs WEBSOCKET_GLOBAL_EVENTS=true")
      services.log(.error, "the server sends no events of its instances: it needs WEBSOCKET_GLOBAL_EVENTS=true")
    }
  }
}
