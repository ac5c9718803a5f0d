/// One namespace on the connection of the moment. Times are in milliseconds.
struct NamespaceState: Sendable {
  enum State: Sendable, Equatable {
    /// There is no session to ask on.
    case idle
    /// CONNECT was sent; an answer is due.
    case asked(until: Int64)
    case joined(join: UInt64)
    /// The server said no, or put the client out; CONNECT is sent again.
    case waiting(until: Int64)
  }

  private(set) var state = State.idle
  private var schedule: ReconnectSchedule

  init(schedule: ReconnectSchedule) { self.schedule = schedule }

  /// When something is due; an answer isn't while nothing is heard.
  func deadline(hears: Bool) -> Int64? {
    switch state {
    case .idle, .joined: nil
    case .asked(let until): hears ? until : nil
    case .waiting(let until): until
    }
  }

  var isAsked: Bool { if case .asked = state { true } else { false } }

  /// Which joining this is; nil when it isn't joined.
  var join: UInt64? { if case .joined(let join) = state { join } else { nil } }

  mutating func ask(until: Int64) { state = .asked(until: until) }

  /// The answer may come so much later, for it couldn't be heard.
  mutating func postpone(by delay: Int64, atMost last: Int64) {
    if case .asked(let until) = state { state = .asked(until: min(until + delay, last)) }
  }

  mutating func joined(_ join: UInt64) {
    state = .joined(join: join)
    schedule.reset()
  }

  /// The wait until it is asked again.
  mutating func wait(now: Int64, random: Double) -> Int64 {
    let wait = schedule.next(random: random)
    state = .waiting(until: now + wait)
    return wait
  }

  /// The connection is over.
  mutating func reset() {
    state = .idle
    schedule.reset()
  }
}
