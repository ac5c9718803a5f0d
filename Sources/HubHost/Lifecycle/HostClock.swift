internal import Glibc
internal import HubStore

/// The clocks of the host: one that never goes back, one for timestamps.
public struct HostClock: Sendable {
  /// Time since an arbitrary origin; never goes back.
  public var monotonic: @Sendable () -> Duration
  /// Unix time in milliseconds.
  public var milliseconds: @Sendable () -> Int64

  /// The system's clocks.
  public init() {
    monotonic = {
      var time = timespec()
      clock_gettime(CLOCK_MONOTONIC, &time)
      return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
    milliseconds = SystemClock.now
  }
}
