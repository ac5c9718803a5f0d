/// Lets events through at a rate, with a burst of two seconds.
struct EventBucket {
  private var tokens: Double
  private var filled: Int64

  init(rate: Int, now: Int64) {
    tokens = Double(rate) * 2
    filled = now
  }

  /// Whether one more event may pass now (milliseconds).
  mutating func take(rate: Int, now: Int64) -> Bool {
    tokens = min(Double(rate) * 2, tokens + Double(now - filled) * Double(rate) / 1000)
    filled = now
    guard tokens >= 1 else { return false }
    tokens -= 1
    return true
  }
}
