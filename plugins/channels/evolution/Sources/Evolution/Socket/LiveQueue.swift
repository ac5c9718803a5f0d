/// What came live of an instance while what came before it is still looked up: it waits, so that conversations keep their order. Not for
/// ever: that a gap is long is no reason to be late with everything.
struct LiveQueue<Item: Sendable>: Sendable {
  /// How long it waits; well within what the hub waits for an event to be dealt with.
  static var patienceMs: UInt64 { 20_000 }

  private struct Instance {
    var items: [Item]
    let sinceMs: UInt64
    var isReleasing = false
  }

  /// Those that something waits for, or is being handed on of: what comes then has to come after it.
  private var instances: [String: Instance] = [:]
  /// Those whose gap takes too long.
  private var late: Set<String> = []

  /// Whether it takes the item, and the time after which ``lapse(_:nowMs:)`` is to be called; nil when it is called anyway.
  mutating func offer(_ item: Item, of instance: String, isFilling: Bool, nowMs: UInt64) -> (isHeld: Bool, wait: UInt64?) {
    if instances[instance] != nil {
      instances[instance]?.items.append(item)
      return (true, nil)
    }
    guard isFilling, late.contains(instance) == false else { return (false, nil) }
    instances[instance] = Instance(items: [item], sinceMs: nowMs)
    return (true, Self.patienceMs)
  }

  /// The time is over, unless what waited then has gone; true when the instance is to be released.
  mutating func lapse(_ instance: String, nowMs: UInt64) -> Bool {
    guard let state = instances[instance], nowMs - state.sinceMs >= Self.patienceMs else { return false }
    late.insert(instance)
    return true
  }

  /// What is looked up can't be had for now: nothing waits for it.
  mutating func hurry(_ instance: String) { late.insert(instance) }

  /// Nothing is looked up any more, or something else.
  mutating func filled(_ instance: String) { late.remove(instance) }

  /// Begins to hand on what waits; false when somebody is at it, or nothing waits.
  mutating func release(_ instance: String) -> Bool {
    guard let state = instances[instance], state.isReleasing == false else { return false }
    instances[instance]?.isReleasing = true
    return true
  }

  /// What to hand on next, in order; nil when that was all, and what comes flows again.
  mutating func next(_ instance: String) -> [Item]? {
    guard let items = instances[instance]?.items, items.isEmpty == false else {
      instances[instance] = nil
      return nil
    }
    instances[instance]?.items = []
    return items
  }
}
