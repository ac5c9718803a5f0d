/// When a feed is to be woken next, so that a new timer is only set when no earlier one rings anyway.
struct WakeAlarm: Sendable {
  private var time: Duration?

  /// How long the timer runs that has to be set; nil when there is nothing to wake for, or an earlier one rings.
  mutating func set(_ next: Duration?, now: Duration) -> Duration? {
    guard let next, time.map({ next < $0 || $0 <= now }) ?? true else { return nil }
    time = next
    return max(next - now, .zero)
  }
}
