internal import Dispatch
internal import Synchronization

/// What one instance is told later, in order, on a queue of its own: a plugin that takes its time there holds back itself and nobody else.
/// What comes before `open` is kept until then.
final class Completions: Sendable {
  private let queue: DispatchQueue
  /// Nil once open.
  private let early = Mutex<[@Sendable () -> Void]?>([])

  init(label: String) { queue = DispatchQueue(label: label) }

  func add(_ work: @escaping @Sendable () -> Void) {
    early.withLock { early in
      if early?.append(work) == nil { queue.async(execute: work) }
    }
  }

  /// Lets everything through, first what was kept. May be called again.
  func open() {
    early.withLock { early in
      for work in early.take() ?? [] { queue.async(execute: work) }
    }
  }
}
