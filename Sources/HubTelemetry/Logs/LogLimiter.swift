internal import Glibc
public import Logging
internal import Synchronization

/// Decides which of many equal lines are written: the first of each key per interval, with the number left out since.
public struct LogThinning: Sendable {
  private struct Entry {
    var nextAt: Int64
    var left: UInt64
  }

  private let interval: Int64?
  private let capacity: Int
  private var entries: [String: Entry] = [:]

  /// A decision that lets one line per key pass each `interval` milliseconds; nil lets one pass ever.
  public init(interval: Int64?, capacity: Int = 1000) {
    self.interval = interval
    self.capacity = capacity
  }

  /// How many lines of this key were left out before this one; nil leaves this one out too.
  ///
  /// - Parameter now: milliseconds of a clock that never goes back.
  public mutating func admit(_ key: String, now: Int64) -> UInt64? {
    if let entry = entries[key] {
      guard now >= entry.nextAt else {
        entries[key]?.left += 1
        return nil
      }
      entries[key] = Entry(nextAt: due(now), left: 0)
      return entry.left
    }
    if entries.count >= capacity { makeRoom(now: now) }
    entries[key] = Entry(nextAt: due(now), left: 0)
    return 0
  }

  private func due(_ now: Int64) -> Int64 { interval.map { now + $0 } ?? .max }

  /// Forgets what is due; if nothing is, everything: a line too many is better than memory an outsider can fill.
  private mutating func makeRoom(now: Int64) {
    entries = entries.filter { $0.value.nextAt > now }
    if entries.count >= capacity { entries = [:] }
  }
}

/// A logger for lines that a client or provider can cause at will.
public final class LogLimiter: Sendable {
  private let thinning: Mutex<LogThinning>
  private let now: @Sendable () -> Int64

  /// One line per key each `interval` milliseconds; nil is one line per key for ever.
  ///
  /// - Parameter now: milliseconds of a clock that never goes back.
  public init(interval: Int64?, now: @escaping @Sendable () -> Int64 = LogLimiter.monotonicClock) {
    thinning = Mutex(LogThinning(interval: interval))
    self.now = now
  }

  /// The system's monotonic clock in milliseconds.
  public static let monotonicClock: @Sendable () -> Int64 = {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  /// Writes the line unless one of this key was written lately; `suppressed` then says how many were left out before it.
  public func log(
    _ logger: Logger, _ level: Logger.Level, key: String, _ message: Logger.Message, _ metadata: @autoclosure () -> Logger.Metadata = [:]
  ) {
    guard logger.logLevel <= level, let left = thinning.withLock({ $0.admit(key, now: now()) }) else { return }
    var members = metadata()
    if left > 0 { members["suppressed"] = .stringConvertible(left) }
    logger.log(level: level, message, metadata: members)
  }
}
