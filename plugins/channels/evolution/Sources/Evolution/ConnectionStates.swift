import HubModel
import OrderedJSON

/// The last state that each instance's channel was told to be in: an instance that cannot connect says `connecting` hundreds of times an hour.
struct ConnectionStates {
  private struct State: Hashable {
    let word, reason: JSONValue?
  }

  private var told: [String: State] = [:]

  /// Whether an event tells anything; those of other kinds always do.
  func isNews(_ event: ChannelEvent) -> Bool {
    guard event.kind == .channelState else { return true }
    return told[event.account] != Self.state(of: event)
  }

  /// Remembers a state once it is stored: what was not is told again when the server comes back with it.
  mutating func store(_ event: ChannelEvent) {
    if event.kind == .channelState { told[event.account] = Self.state(of: event) }
  }

  private static func state(of event: ChannelEvent) -> State {
    State(word: event.body["state"]?["state"], reason: event.body["state"]?["statusReason"])
  }
}
