import Dispatch
import Foundation

/// What SIGTERM and SIGINT do while the hub starts: there is nothing to drain yet, so the process ends at once, in good order.
final class StartupSignals: @unchecked Sendable {  // the list never changes, and a dispatch source may be used from any thread
  private let sources: [any DispatchSourceSignal]

  /// - Parameter end: runs before the process ends.
  init(end: @escaping @Sendable () -> Void) {
    sources = [SIGTERM, SIGINT].map { number in
      // Without this the default action would end the process before the source sees the signal.
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        end()
        Foundation.exit(ExitStatus.ok.rawValue)
      }
      source.resume()
      return source
    }
  }

  /// From now on the running group handles signals.
  func release() { sources.forEach { $0.cancel() } }
}
