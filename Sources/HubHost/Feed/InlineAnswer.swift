internal import Synchronization

/// Tells whether a sink answered inside the call that delivered to it.
final class InlineAnswer: Sendable {
  private enum State {
    case called
    case answered(DeliveryAnswer)
    case returned
  }

  private let state = Mutex(State.called)

  /// The sink answers. False when the call still runs: `returned` gives the answer then.
  func isLate(_ answer: DeliveryAnswer) -> Bool {
    state.withLock { state in
      guard case .called = state else { return true }
      state = .answered(answer)
      return false
    }
  }

  /// The call returned; the answer when there is one already.
  func returned() -> DeliveryAnswer? {
    state.withLock { state in
      defer { state = .returned }
      if case .answered(let answer) = state { return answer }
      return nil
    }
  }
}
