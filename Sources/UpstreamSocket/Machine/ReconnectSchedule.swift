/// How long to wait before each attempt: min(first · 2ⁿ, most) milliseconds, give or take the jitter.
public struct ReconnectSchedule: Sendable, Hashable {
  /// The first wait, in milliseconds.
  public var first: Int64
  /// The longest wait before jitter, in milliseconds.
  public var most: Int64
  /// The share by which a wait may differ, 0…1.
  public var jitter: Double
  /// How many waits were handed out since the last reset.
  public private(set) var attempts = 0

  /// A schedule; the defaults are 1 s doubling to 30 s, ±20 %.
  public init(first: Int64 = 1000, most: Int64 = 30_000, jitter: Double = 0.2) {
    self.first = first
    self.most = most
    self.jitter = jitter
  }

  /// The next wait in milliseconds. `random` is evenly distributed in 0..<1.
  public mutating func next(random: Double) -> Int64 {
    let doublings = min(attempts, 40)
    attempts += 1
    let wait = min(first << Int64(min(doublings, 62 - first.bitWidthUsed)), most)
    return Int64(Double(wait) * (1 + jitter * (2 * random - 1)))
  }

  /// The next wait is the first again.
  public mutating func reset() { attempts = 0 }
}

extension Int64 {
  fileprivate var bitWidthUsed: Int { Int64.bitWidth - leadingZeroBitCount }
}
