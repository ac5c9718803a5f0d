/// Decides what is worth a log line: an unknown name once, a refusal that may repeat with every request once a minute.
struct Notices {
  /// What can repeat with every request.
  enum Refusal: Hashable {
    case badSignature, unavailable, unreachable
  }

  private static let limit = 256
  private static let intervalMs: Int64 = 60_000

  private var known: Set<Unfamiliar> = []
  private var lastMs: [Refusal: Int64] = [:]

  /// The names that were not reported before. When very many have been, the rest stays in the counter.
  mutating func news(in names: [Unfamiliar]) -> [Unfamiliar] {
    names.filter { known.count < Self.limit && known.insert($0).inserted }
  }

  /// Whether a refusal gets a line now. A clock that was set back does not silence it.
  mutating func reports(_ refusal: Refusal, nowMs: Int64) -> Bool {
    if let last = lastMs[refusal], nowMs >= last, nowMs - last < Self.intervalMs { return false }
    lastMs[refusal] = nowMs
    return true
  }
}
