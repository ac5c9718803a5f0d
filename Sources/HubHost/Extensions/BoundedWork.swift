internal import Dispatch
internal import Synchronization

/// Runs work that blocks on a few threads at most, oldest first, and takes no more than a backlog of it.
final class BoundedWork: Sendable {
  private struct State {
    var running = 0
    var waiting: ArraySlice<@Sendable () -> Void> = []
  }

  private let queue: DispatchQueue
  private let width: Int
  private let backlog: Int
  private let state = Mutex(State())

  init(label: String, width: Int, backlog: Int) {
    queue = DispatchQueue(label: label, attributes: .concurrent)
    self.width = width
    self.backlog = backlog
  }

  /// Whether the work was taken.
  func add(_ work: @escaping @Sendable () -> Void) -> Bool {
    let isTaken = state.withLock { state -> Bool? in
      if state.running < width {
        state.running += 1
        return true
      }
      guard state.waiting.count < backlog else { return nil }
      state.waiting.append(work)
      return false
    }
    if isTaken == true { queue.async { self.run(work) } }
    return isTaken != nil
  }

  private func run(_ work: @Sendable () -> Void) {
    work()
    let next = state.withLock { state -> (@Sendable () -> Void)? in
      guard let next = state.waiting.popFirst() else {
        state.running -= 1
        return nil
      }
      return next
    }
    if let next { queue.async { self.run(next) } }
  }
}
