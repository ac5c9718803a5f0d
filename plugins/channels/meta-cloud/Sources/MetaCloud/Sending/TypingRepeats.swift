/// Keeps the indicator from being asked for again while it is shown: a frontend says that somebody types every few seconds, and Meta shows it
/// for 25.
struct TypingRepeats {
  static let intervalMs: Int64 = 20_000
  private static let limit = 1024

  private struct Shown {
    let message: String
    let ms: Int64
  }

  private var shown: [String: Shown] = [:]

  /// Whether the indicator is to be asked for now; it counts as asked for then.
  mutating func shows(_ message: String, in conversation: String, nowMs: Int64) -> Bool {
    if let last = shown[conversation], last.message == message, nowMs >= last.ms, nowMs - last.ms < Self.intervalMs { return false }
    if shown.count >= Self.limit {
      shown = shown.filter { nowMs - $0.value.ms < Self.intervalMs }
      if shown.count >= Self.limit { shown.removeAll() }
    }
    shown[conversation] = Shown(message: message, ms: nowMs)
    return true
  }

  /// A message was sent there, which ends the indicator, or the indicator was not taken.
  mutating func forget(_ conversation: String) { shown[conversation] = nil }
}
