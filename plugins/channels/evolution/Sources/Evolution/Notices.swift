/// Decides what is worth a log line: a name once, what may repeat with every request once a minute.
struct Notices {
  /// What can repeat with every request.
  enum Repeated: Hashable {
    case badCredentials, unavailable, serverError, refusedSocket, down, unkept
    /// Part of an envelope gave no event.
    case gap(DropReason)
  }

  private static let limit = 256
  private static let intervalMs: Int64 = 60_000

  private var names: Set<Unfamiliar> = []
  private var instances: Set<String> = []
  private var lastMs: [Repeated: Int64] = [:]

  /// The names that were not reported before. When very many have been, the rest stays in the counter.
  mutating func news(in names: [Unfamiliar]) -> [Unfamiliar] {
    names.filter { self.names.count < Self.limit && self.names.insert($0).inserted }
  }

  /// Whether an instance that is not configured gets a line now.
  mutating func reports(instance: String) -> Bool { instances.count < Self.limit && instances.insert(instance).inserted }

  /// Whether it gets a line now. A clock that was set back does not silence it.
  mutating func reports(_ what: Repeated, nowMs: Int64) -> Bool {
    if let last = lastMs[what], nowMs >= last, nowMs - last < Self.intervalMs { return false }
    lastMs[what] = nowMs
    return true
  }
}
