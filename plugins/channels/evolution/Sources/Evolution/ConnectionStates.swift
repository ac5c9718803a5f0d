import HubModel
import HubPluginSDK
import OrderedJSON

/// The last state that each instance's channel was said to be in: an instance that cannot connect says `connecting` hundreds of times an hour.
struct ConnectionStates {
  private struct State: Hashable {
    let word, reason: JSONValue?
  }

  private struct Instance {
    /// Nil when what the journal holds last is not known.
    var last: State?
    /// How many states are on their way to the journal.
    var underWay = 0
  }

  private var instances: [String: Instance] = [:]

  /// Whether an event is to be stored; it is under way then, until it is settled. A state is dropped only when the same one is in the
  /// journal and none is on its way after it. Events of other kinds are always stored.
  mutating func takes(_ event: ChannelEvent) -> Bool {
    guard event.kind == .channelState else { return true }
    let state = State(word: event.body["state"]?["state"], reason: event.body["state"]?["statusReason"])
    var instance = instances[event.account] ?? Instance()
    if instance.underWay == 0, instance.last == state { return false }
    instance.last = state
    instance.underWay += 1
    instances[event.account] = instance
    return true
  }

  /// Whether an instance was last said to be in another state than this.
  func differs(_ word: String, from instance: String) -> Bool { instances[instance]?.last?.word != .string(word) }

  /// What became of an event that was taken. After a failure the next state is told whatever it is: rather twice than never.
  mutating func settle(_ event: ChannelEvent, isStored: Bool) {
    guard event.kind == .channelState else { return }
    instances[event.account]?.underWay -= 1
    if isStored == false { instances[event.account]?.last = nil }
  }
}
