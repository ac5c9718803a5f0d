import HubTelemetry
import Synchronization

/// Keeps log lines back while the hub starts: the first line on stderr is the address.
final class HeldLog: Sendable {
  private let held = Mutex<[[UInt8]]?>([])

  /// The output that loggers write to.
  var output: LogOutput { LogOutput { [self] line in write(line) } }

  private func write(_ line: [UInt8]) {
    held.withLock { held in
      if held == nil { LogOutput.writeToStandardError(line) } else { held?.append(line) }
    }
  }

  /// Lets everything out, in order, from now on at once.
  func release() {
    held.withLock { held in
      held?.forEach(LogOutput.writeToStandardError)
      held = nil
    }
  }
}
