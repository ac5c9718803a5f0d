internal import Synchronization

/// The plugin's own tokens that the host still has to complete. Each is completed once: with its answer, or, when the instance ends first,
/// as closed.
final class OwedAnswers: Sendable {
  private struct State {
    /// How often each is owed: a plugin may use a token again before the first use was answered.
    var open: [UInt64: Int] = [:]
    var isClosed = false
  }

  private let state = Mutex(State())

  /// An operation begins; false when the instance is at its end and nothing will be completed any more. Token 0 wants no answer.
  func begin(_ token: UInt64) -> Bool {
    state.withLock { state in
      guard !state.isClosed else { return false }
      if token != 0 { state.open[token, default: 0] += 1 }
      return true
    }
  }

  /// Whether an answer is owed; never once the instance is at its end.
  func owes(_ token: UInt64) -> Bool { state.withLock { $0.open[token] != nil } }

  /// Whether the token is still owed; it is not any more.
  @discardableResult
  func end(_ token: UInt64) -> Bool {
    state.withLock { state in
      guard let count = state.open[token] else { return false }
      state.open[token] = count > 1 ? count - 1 : nil
      return true
    }
  }

  /// Everything that is owed, lowest token first. Nothing begins any more.
  func close() -> [UInt64] {
    state.withLock { state in
      defer { state.open = [:] }
      state.isClosed = true
      return state.open.sorted { $0.key < $1.key }.flatMap { Array(repeating: $0.key, count: $0.value) }
    }
  }
}
