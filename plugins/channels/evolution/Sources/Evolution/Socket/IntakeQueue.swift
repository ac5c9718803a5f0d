/// What came from the socket and goes to the journal, in order. The server repeats nothing: what the journal refuses is tried again, and
/// what came behind it waits.
struct IntakeQueue<Item: Sendable>: Sendable {
  /// One that came, by its place in the order.
  struct Entry: Sendable {
    let number: UInt64
    let sinceMs: UInt64
    let item: Item
  }

  /// How long one is tried; the hub waits no longer for it either.
  static var patienceMs: UInt64 { 25_000 }
  static var firstWaitMs: UInt64 { 100 }
  static var longestWaitMs: UInt64 { 5000 }

  private enum State {
    /// Everything is handed on as it comes.
    case flowing
    /// The first of those that wait is tried at a time; `trial` is the one under way.
    case stalled(trial: UInt64?)
  }

  private var state = State.flowing
  private var last: UInt64 = 0
  /// In the order of their numbers.
  private var waiting: [Entry] = []
  private var waitMs = Self.firstWaitMs

  /// Takes one; what to hand on now.
  mutating func offer(_ item: Item, nowMs: UInt64) -> Entry? {
    last += 1
    let entry = Entry(number: last, sinceMs: nowMs, item: item)
    guard case .stalled = state else { return entry }
    waiting.append(entry)
    return nil
  }

  /// The journal didn't take it. The time until `due` is to be called; nil when it is called anyway.
  mutating func refused(_ entry: Entry) -> UInt64? {
    waiting.insert(entry, at: waiting.firstIndex { $0.number > entry.number } ?? waiting.endIndex)
    if case .stalled(let trial) = state {
      guard trial == entry.number else { return nil }
      waitMs = min(waitMs * 2, Self.longestWaitMs)
    } else {
      waitMs = Self.firstWaitMs
    }
    state = .stalled(trial: nil)
    return waitMs
  }

  /// The journal took it; what to hand on next.
  mutating func stored(_ entry: Entry) -> Entry? {
    guard case .stalled(let trial) = state, trial == entry.number else { return nil }
    return tryFirst()
  }

  /// The wait is over: who waited too long, and what to hand on.
  mutating func due(nowMs: UInt64) -> (expired: [Entry], next: Entry?) {
    guard case .stalled(let trial) = state, trial == nil else { return ([], nil) }
    let expired = waiting.filter { nowMs - $0.sinceMs >= Self.patienceMs }
    waiting.removeAll { nowMs - $0.sinceMs >= Self.patienceMs }
    return (expired, tryFirst())
  }

  private mutating func tryFirst() -> Entry? {
    guard waiting.isEmpty == false else {
      state = .flowing
      return nil
    }
    let entry = waiting.removeFirst()
    state = .stalled(trial: entry.number)
    return entry
  }
}
