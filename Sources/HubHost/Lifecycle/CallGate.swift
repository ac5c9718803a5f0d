internal import Synchronization

/// Lets calls into an instance until it is closed, and tells when the last of them came back.
final class CallGate: Sendable {
  private struct State {
    var inside = 0
    var isClosed = false
    var whenEmpty: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())

  /// Whether a call may begin; if so it ends with `leave`.
  func enter() -> Bool {
    state.withLock { state in
      guard !state.isClosed else { return false }
      state.inside += 1
      return true
    }
  }

  func leave() {
    let last = state.withLock { state -> (@Sendable () -> Void)? in
      state.inside -= 1
      guard state.inside == 0 else { return nil }
      return state.whenEmpty.take()
    }
    last?()
  }

  /// Lets no more calls in. `whenEmpty` is called once, by the last call that leaves, or at once.
  func close(whenEmpty: @escaping @Sendable () -> Void = {}) {
    let isEmpty = state.withLock { state in
      guard !state.isClosed else { return false }
      state.isClosed = true
      guard state.inside > 0 else { return true }
      state.whenEmpty = whenEmpty
      return false
    }
    if isEmpty { whenEmpty() }
  }
}
