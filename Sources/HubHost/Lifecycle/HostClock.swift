internal import Glibc

/// The clocks of the host: one that never goes back, one for timestamps.
public struct HostClock: Sendable {
  /// Time since an arbitrary origin; never goes back.
  public var monotonic: @Sendable () -> Duration
  /// Unix time in milliseconds.
  public var milliseconds: @Sendable () -> Int64

  /// The system's clocks.
  public init() {
    monotonic = {
      let time = Self.read(CLOCK_MONOTONIC)
      return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
    milliseconds = {
      let time = Self.read(CLOCK_REALTIME)
      return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
  }

  private static func read(_ clock: clockid_t) -> timespec {
    var time = timespec()
    clock_gettime(clock, &time)
    return time
  }
}
