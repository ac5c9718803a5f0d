internal import Glibc
public import Logging
internal import Synchronization

/// Where log lines go, and the clock they carry.
public final class LogOutput: Sendable {
  let now: @Sendable () -> Int64
  private let sink: @Sendable ([UInt8]) -> Void
  private let lines = Mutex<[Logger.Level: UInt64]>([:])

  /// An output; lines reach `sink` whole, one at a time.
  ///
  /// - Parameter now: Unix milliseconds.
  public init(now: @escaping @Sendable () -> Int64 = LogOutput.wallClock, sink: @escaping @Sendable ([UInt8]) -> Void) {
    self.now = now
    self.sink = sink
  }

  /// Standard error, unbuffered.
  public static func standardError() -> LogOutput { LogOutput(sink: writeToStandardError) }

  /// Writes a whole line. One that can't be written is lost: there is nowhere to say so.
  @Sendable public static func writeToStandardError(_ line: [UInt8]) {
    var rest = line[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
      if written > 0 {
        rest = rest.dropFirst(written)
      } else if errno != EINTR {
        return
      }
    }
  }

  /// The system's clock in Unix milliseconds.
  public static let wallClock: @Sendable () -> Int64 = {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  /// How many lines were written, by level.
  public var counts: [Logger.Level: UInt64] { lines.withLock { $0 } }

  func write(_ line: [UInt8], _ level: Logger.Level) {
    lines.withLock { lines in
      lines[level, default: 0] += 1
      sink(line)
    }
  }
}
