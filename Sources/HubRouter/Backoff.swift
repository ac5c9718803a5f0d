/// How long to wait before trying again: exponential with a cap, and a random share taken off so that what failed together
/// does not return together. Holds no clock and no randomness of its own.
public struct Backoff: Sendable, Hashable {
  /// The wait after the first failure.
  public var initial: Duration
  /// What each further failure multiplies the wait with; 1 or more.
  public var factor: Double
  /// No wait is longer than this.
  public var maximum: Duration
  /// The share of a wait, 0…1, that randomness may take off.
  public var jitter: Double

  /// A schedule; a factor below 1 counts as 1, a jitter outside 0…1 as the nearer end.
  public init(initial: Duration, factor: Double = 2, maximum: Duration, jitter: Double = 0.5) {
    self.initial = max(initial, .zero)
    self.factor = max(factor, 1)
    self.maximum = max(maximum, .zero)
    self.jitter = min(max(jitter, 0), 1)
  }

  /// What sinks are retried with: 100 ms growing to 30 s, up to half of it random.
  public static let delivery = Backoff(initial: .milliseconds(100), maximum: .seconds(30))

  /// What an adapter that failed to start is retried with: 1 s growing to 60 s.
  public static let restart = Backoff(initial: .seconds(1), maximum: .seconds(60))

  /// The wait after failure number `attempt` (1 = the first).
  /// - Parameter random: a uniform number, 0…1, of the caller's.
  public func delay(attempt: Int, random: Double) -> Duration {
    var wait = initial
    var step = 1
    // Stops at the cap: a factor to the power of a large attempt would leave what a Duration can hold.
    while step < attempt, wait < maximum, factor > 1, wait > .zero {
      wait = wait * factor
      step += 1
    }
    let capped = min(wait, maximum)
    return capped * (1 - jitter * min(max(random, 0), 1))
  }
}
