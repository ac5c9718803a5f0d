import Synchronization

/// A wall clock that a test sets, in Unix milliseconds.
public final class ManualClock: Sendable {
  private let time: Mutex<Int64>

  /// A clock that stands at a moment of January 2026, or at another.
  public init(_ start: Int64 = 1_767_625_200_000) { time = Mutex(start) }

  /// The time it shows.
  public var now: Int64 { time.withLock { $0 } }

  /// Moves it, also back.
  public func advance(_ milliseconds: Int64) { time.withLock { $0 += milliseconds } }
}
