#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Milliseconds of a clock that only runs forward.
func monotonicClock() -> UInt64 { UInt64(milliseconds(CLOCK_MONOTONIC)) }

/// Milliseconds since 1970, UTC.
func wallClock() -> Int64 { milliseconds(CLOCK_REALTIME) }

private func milliseconds(_ clock: clockid_t) -> Int64 {
  var time = timespec()
  clock_gettime(clock, &time)
  return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
}
