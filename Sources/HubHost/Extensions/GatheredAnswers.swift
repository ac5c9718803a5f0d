internal import Glibc
internal import NIOCore
internal import Synchronization

/// Holds the answers that a plugin gives while it is told of many things in a row, so that each event loop is woken once for all of them.
final class GatheredAnswers: Sendable {
  private struct State {
    /// The thread that tells the plugin.
    var thread: pthread_t?
    var held: [(loop: any EventLoop, answer: @Sendable () -> Void)] = []
  }

  private let state = Mutex(State())

  /// Holds what the plugin answers on this thread while `body` runs.
  func gather(_ body: () -> Void) {
    state.withLock { $0.thread = pthread_self() }
    body()
    let held = state.withLock { state in
      defer { state = State() }
      return state.held
    }
    var rest = held[...]
    while let loop = rest.first?.loop {
      let same = rest.prefix { $0.loop === loop }
      rest = rest.dropFirst(same.count)
      loop.execute { for (_, answer) in same { answer() } }
    }
  }

  /// Answers now, or with the others. `answer` finds its way to the loop by itself.
  func add(on loop: (any EventLoop)?, _ answer: @escaping @Sendable () -> Void) {
    let isHeld = state.withLock { state in
      guard let loop, let thread = state.thread, pthread_equal(thread, pthread_self()) != 0 else { return false }
      state.held.append((loop, answer))
      return true
    }
    if !isHeld { answer() }
  }
}
