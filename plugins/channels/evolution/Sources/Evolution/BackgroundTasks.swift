import Synchronization

/// What goes on beside the calls of the hub, until it is done or the adapter stops.
final class BackgroundTasks: Sendable {
  private struct State {
    var last: UInt64 = 0
    var running: [UInt64: Task<Void, Never>] = [:]
    var isOver = false
  }

  private let state = Mutex(State())

  func run(_ work: @escaping @Sendable () async -> Void) {
    // Kept under the lock it is taken out with, so that one that ends at once is not kept for ever.
    state.withLock { state in
      guard state.isOver == false else { return }
      state.last += 1
      let number = state.last
      state.running[number] = Task {
        await work()
        self.state.withLock { _ = $0.running.removeValue(forKey: number) }
      }
    }
  }

  /// Cancels what runs; nothing more is begun.
  func cancel() {
    let running = state.withLock { state in
      state.isOver = true
      return Array(state.running.values)
    }
    for task in running { task.cancel() }
  }
}
