import NIOCore

/// Decides when a socket that doesn't drain has had its time.
struct SlowClock {
  private(set) var since: NIODeadline?

  /// More than the soft limit waits from now on, or no longer.
  mutating func set(isOver: Bool, now: NIODeadline) {
    if !isOver {
      since = nil
    } else if since == nil {
      since = now
    }
  }

  /// When the time is up; nil while nothing is over the limit.
  func deadline(after tolerated: TimeAmount) -> NIODeadline? { since.map { $0 + tolerated } }
}
