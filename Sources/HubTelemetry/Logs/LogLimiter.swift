internal import Dispatch
internal import Glibc
public import Logging
internal import Synchronization

/// Decides which of many equal lines are written: the first of each key per interval, with what was left out since.
public struct LogThinning: Sendable {
  /// Lines that were left out.
  public struct Suppressed: Sendable, Hashable {
    /// How many.
    public var count: UInt64 = 0
    /// What the first of them were about, where they have names.
    public var first: [String] = []

    /// None.
    public init() {}

    fileprivate mutating func add(_ name: String?) {
      count += 1
      if let name, first.count < LogThinning.maxNames { first.append(name) }
    }
  }

  /// What happens to a line.
  public enum Decision: Sendable, Hashable {
    /// It is written, with what was left out before it.
    case write(Suppressed)
    /// It is left out, as the first one since the last line or as one more.
    case leave(isFirst: Bool)
  }

  private struct Entry {
    var nextAt: Int64
    var left = Suppressed()
  }

  /// How many of the lines left out are named.
  static let maxNames = 5

  private let interval: Int64?
  private let capacity: Int
  private var entries: [String: Entry] = [:]

  /// A decision that lets one line per key pass each `interval` milliseconds; nil lets one pass ever.
  public init(interval: Int64?, capacity: Int = 1000) {
    self.interval = interval
    self.capacity = capacity
  }

  /// Decides about a line.
  ///
  /// - Parameters:
  ///   - name: what tells it from others of its key.
  ///   - now: milliseconds of a clock that never goes back.
  public mutating func decide(_ key: String, name: String? = nil, now: Int64) -> Decision {
    if let entry = entries[key] {
      guard now >= entry.nextAt else {
        entries[key]?.left.add(name)
        return .leave(isFirst: entry.left.count == 0)
      }
      entries[key] = Entry(nextAt: due(now))
      return .write(entry.left)
    }
    if entries.count >= capacity { makeRoom(now: now) }
    entries[key] = Entry(nextAt: due(now))
    return .write(Suppressed())
  }

  /// What was left out of a key since its last line; nil when there is nothing, or a later line has told it. It counts as a line.
  public mutating func take(_ key: String, now: Int64) -> Suppressed? {
    guard let entry = entries[key], entry.left.count > 0, now >= entry.nextAt else { return nil }
    entries[key] = Entry(nextAt: due(now))
    return entry.left
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
  /// Calls something after so many milliseconds.
  public typealias Later = @Sendable (Int64, @escaping @Sendable () -> Void) -> Void

  private let thinning: Mutex<LogThinning>
  private let interval: Int64?
  private let now: @Sendable () -> Int64
  private let later: Later

  /// One line per key each `interval` milliseconds; nil is one line per key for ever.
  ///
  /// - Parameter now: milliseconds of a clock that never goes back.
  public init(
    interval: Int64?, now: @escaping @Sendable () -> Int64 = LogLimiter.monotonicClock, later: @escaping Later = LogLimiter.dispatch
  ) {
    thinning = Mutex(LogThinning(interval: interval))
    (self.interval, self.now, self.later) = (interval, now, later)
  }

  /// The system's monotonic clock in milliseconds.
  public static let monotonicClock: @Sendable () -> Int64 = {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  /// Calls on a thread of the system's.
  public static let dispatch: Later = { wait, body in
    DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Int(wait)), execute: body)
  }

  /// Writes the line unless one of this key was written lately; `suppressed` then says how many were left out before it.
  public func log(
    _ logger: Logger, _ level: Logger.Level, key: String, _ message: Logger.Message, _ metadata: @autoclosure () -> Logger.Metadata = [:]
  ) {
    guard logger.logLevel <= level, case .write(let left) = thinning.withLock({ $0.decide(key, now: now()) }) else { return }
    logger.log(level: level, message, metadata: metadata().telling(left))
  }

  /// Writes the line unless one of this key was written lately. What was left out is told before long, whether or not a further line comes:
  /// `suppressed` says how many, and `suppressed_first` what the first of them were about.
  ///
  /// - Parameters:
  ///   - name: what it is about, for somebody who looks for it.
  ///   - common: what all lines of the key have in common.
  ///   - own: what this one has besides.
  public func log(
    _ logger: Logger, _ level: Logger.Level, key: String, _ message: Logger.Message, naming name: String, common: Logger.Metadata,
    own: @autoclosure () -> Logger.Metadata = [:]
  ) {
    guard logger.logLevel <= level else { return }
    switch thinning.withLock({ $0.decide(key, name: name, now: now()) }) {
    case .write(let left): logger.log(level: level, message, metadata: common.merging(own()) { $1 }.telling(left))
    case .leave(isFirst: true):
      guard let interval else { return }
      later(interval) { [weak self] in
        guard let self, let left = self.thinning.withLock({ $0.take(key, now: self.now()) }) else { return }
        logger.log(level: level, message, metadata: common.telling(left))
      }
    case .leave: break
    }
  }
}

extension Logger.Metadata {
  fileprivate func telling(_ left: LogThinning.Suppressed) -> Self {
    guard left.count > 0 else { return self }
    var members = self
    members["suppressed"] = .stringConvertible(left.count)
    if !left.first.isEmpty { members["suppressed_first"] = .array(left.first.map { .string($0) }) }
    return members
  }
}
