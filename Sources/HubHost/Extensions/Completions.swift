internal import Dispatch
internal import Synchronization

/// What one instance is told later, in order, on a queue of its own: a plugin that takes its time there holds back itself and nobody else.
/// What comes before `open` is kept until then.
final class Completions: Sendable {
  private struct State {
    var waiting: [@Sendable () -> Void] = []
    var isOpen = false
    /// Whether the queue is at it, or about to be.
    var isDraining = false

    /// Whether the queue has to be told.
    mutating func wakes() -> Bool {
      guard isOpen, !isDraining, !waiting.isEmpty else { return false }
      isDraining = true
      return true
    }
  }

  private let queue: DispatchQueue
  private let state = Mutex(State())

  init(label: String) { queue = DispatchQueue(label: label) }

  func add(_ work: @escaping @Sendable () -> Void) {
    let wakes = state.withLock { state in
      state.waiting.append(work)
      return state.wakes()
    }
    if wakes { queue.async { self.drain() } }
  }

  /// Lets everything through, first what was kept. May be called again.
  func open() {
    let wakes = state.withLock { state in
      state.isOpen = true
      return state.wakes()
    }
    if wakes { queue.async { self.drain() } }
  }

  /// Does what waits, and what comes meanwhile: the journal answers for many at a time.
  private func drain() {
    while true {
      let batch = state.withLock { state in
        defer { state.waiting = [] }
        state.isDraining = !state.waiting.isEmpty
        return state.waiting
      }
      guard !batch.isEmpty else { return }
      for work in batch { work() }
    }
  }
}
