/// Decides what is worth a log line: a name once, what may repeat with every event once a minute.
struct Notices {
  /// What can repeat with every event.
  enum Repeated: Hashable {
    case serverError, unavailable, noID
    /// Part of an event gave nothing.
    case gap(DropReason)
  }

  private static let limit = 256
  private static let intervalMs: Int64 = 60_000

  private var names: Set<Unfamiliar> = []
  private var lastMs: [Repeated: Int64] = [:]

  /// The names that were not reported before. When very many have been, the rest stays in the counter.
  mutating func news(in names: [Unfamiliar]) -> [Unfamiliar] {
    names.filter { self.names.count < Self.limit && self.names.insert($0).inserted }
  }

  /// Whether it gets a line now. A clock that was set back does not silence it.
  mutating func reports(_ what: Repeated, nowMs: Int64) -> Bool {
    if let last = lastMs[what], nowMs >= last, nowMs - last < Self.intervalMs { return false }
    lastMs[what] = nowMs
    return true
  }
}
