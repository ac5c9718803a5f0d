/// Which states of one account are worth an event: equal ones are told once, and of many in a short time the last. Times are in milliseconds.
struct StateTeller: Sendable {
  typealias State = UpstreamStanding.State

  /// So many events within so long a time, and then no more until the first of them is that old.
  static let burst = 4
  static let span: Int64 = 20_000

  enum Decision: Sendable, Equatable {
    case nothing
    case tell(State)
    /// Ask `due` then.
    case wait(until: Int64)
  }

  private var current: State?
  private var told: State?
  private var times: [Int64] = []
  private var isWaiting = false

  /// The account has a state, the same or another.
  mutating func changed(to state: State, now: Int64) -> Decision {
    // On the way up for the first time nothing has happened yet.
    if told == nil, current == nil, state.word == "connecting", state.reason == nil { return .nothing }
    current = state
    return isWaiting ? .nothing : decide(now: now)
  }

  /// The time of a `wait` has come.
  mutating func due(now: Int64) -> Decision {
    isWaiting = false
    return decide(now: now)
  }

  /// What was told did not arrive.
  mutating func failed(now: Int64) -> Decision {
    told = nil
    guard !isWaiting else { return .nothing }
    isWaiting = true
    return .wait(until: now + Self.span / Int64(Self.burst))
  }

  private mutating func decide(now: Int64) -> Decision {
    guard let current, current != told else { return .nothing }
    times.removeAll { $0 <= now - Self.span }
    if times.count >= Self.burst {
      isWaiting = true
      return .wait(until: times[0] + Self.span)
    }
    times.append(now)
    told = current
    return .tell(current)
  }
}
