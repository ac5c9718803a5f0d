/// Decides what is worth a log line: an unknown name once, refused signatures once a minute.
struct Notices {
  private static let limit = 256
  private static let intervalMs: Int64 = 60_000

  private var known: Set<Unfamiliar> = []
  private var lastRefusalMs: Int64?

  /// The names that were not reported before. When very many have been, the rest stays in the counter.
  mutating func news(in names: [Unfamiliar]) -> [Unfamiliar] {
    names.filter { known.count < Self.limit && known.insert($0).inserted }
  }

  /// Whether a refused signature gets a line now.
  mutating func reportsRefusal(nowMs: Int64) -> Bool {
    if let last = lastRefusalMs, nowMs >= last, nowMs - last < Self.intervalMs { return false }
    lastRefusalMs = nowMs
    return true
  }
}
