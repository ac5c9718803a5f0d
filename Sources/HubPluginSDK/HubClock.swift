#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The system's clocks, so that a plugin needs no Foundation for them.
public enum HubClock {
  /// The time of day: milliseconds since 1970, UTC.
  public static func wall() -> Int64 { milliseconds(CLOCK_REALTIME) }

  /// Milliseconds of a clock that only runs forward.
  public static func monotonic() -> UInt64 { UInt64(milliseconds(CLOCK_MONOTONIC)) }

  private static func milliseconds(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}
