import Dispatch
import Foundation
import Synchronization

/// What SIGTERM and SIGINT do while the hub starts: there is nothing to drain yet, so the process ends at once, in good order.
final class StartupSignals: Sendable {
  // A dispatch source may be used from any thread.
  private struct Source: @unchecked Sendable {
    let source: any DispatchSourceSignal
  }

  private let sources: [Source]
  private let steps: Steps

  private final class Steps: Sendable {
    let list: Mutex<[@Sendable () -> Void]>

    init(_ last: @escaping @Sendable () -> Void) { list = Mutex([last]) }
  }

  /// - Parameter end: runs before the process ends.
  init(end: @escaping @Sendable () -> Void) {
    let steps = Steps(end)
    self.steps = steps
    sources = [SIGTERM, SIGINT].map { number in
      // Without this the default action would end the process before the source sees the signal.
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        for step in steps.list.withLock({ $0 }) { step() }
        Foundation.exit(ExitStatus.ok.rawValue)
      }
      source.resume()
      return Source(source: source)
    }
  }

  /// Something more to do, before everything else.
  func first(_ step: @escaping @Sendable () -> Void) { steps.list.withLock { $0.insert(step, at: 0) } }

  /// From now on the running group handles signals.
  func release() { sources.forEach { $0.source.cancel() } }
}
