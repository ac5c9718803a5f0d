/// How fast something may happen: `rate` per second, with bursts of up to `seconds` seconds' worth.
public struct RateLimit: Sendable, Hashable {
  /// Per second; 0 is no limit.
  public let rate: Double
  /// The bucket's size.
  public let burst: Double

  /// A limit; DESIGN section 6's bursts are of 2 s.
  public init(perSecond rate: Double, seconds: Double = 2) {
    self.rate = max(0, rate)
    burst = max(1, self.rate * seconds)
  }

  /// Whether everything passes.
  public var isUnlimited: Bool { rate == 0 }
}

/// One token bucket. It is a value: a socket holds its own, a `RateLimiter` one per key.
public struct TokenBucket: Sendable, Hashable {
  private var tokens: Double
  private var updated: Int64

  /// A full bucket.
  ///
  /// - Parameter now: milliseconds of a clock that never goes back.
  public init(_ limit: RateLimit, now: Int64) {
    tokens = limit.burst
    updated = now
  }

  /// Takes `cost` if it is there. A refusal takes nothing and says after how many milliseconds to try again.
  public mutating func take(_ cost: Double = 1, limit: RateLimit, now: Int64) -> RateDecision {
    guard !limit.isUnlimited else { return .allowed }
    tokens = level(limit, now: now)
    updated = max(updated, now)
    if tokens >= cost {
      tokens -= cost
      return .allowed
    }
    let wait = (min(cost, limit.burst) - tokens) / limit.rate * 1000
    return .limited(retryAfter: Int64(wait.rounded(.up)))
  }

  func level(_ limit: RateLimit, now: Int64) -> Double {
    min(limit.burst, tokens + Double(max(0, now - updated)) / 1000 * limit.rate)
  }
}

/// A limiter's answer.
public enum RateDecision: Sendable, Hashable {
  /// Go on.
  case allowed
  /// Refused; the wait is in milliseconds.
  case limited(retryAfter: Int64)

  /// Whether it is `allowed`.
  public var isAllowed: Bool { self == .allowed }
}
