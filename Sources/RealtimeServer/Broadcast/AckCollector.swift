import Synchronization

/// Gathers the answers to one event that went to many sockets on several loops.
final class AckCollector: Sendable {
  private struct State {
    /// Loops that have yet to say how many sockets they asked.
    var loops: Int
    var awaited = 0
    var answers: [SocketID: [UInt8]] = [:]
    var isComplete = true
  }

  private let state: Mutex<State>
  private let done: @Sendable (_ answers: [SocketID: [UInt8]], _ isComplete: Bool) -> Void

  init(loops: Int, done: @escaping @Sendable (_ answers: [SocketID: [UInt8]], _ isComplete: Bool) -> Void) {
    state = Mutex(State(loops: loops))
    self.done = done
  }

  func asked(_ count: Int) {
    step { state in
      state.loops -= 1
      state.awaited += count
    }
  }

  func answered(_ socket: SocketID, _ outcome: AckOutcome) {
    step { state in
      state.awaited -= 1
      if case .answered(let arguments, _) = outcome {
        state.answers[socket] = arguments
      } else {
        state.isComplete = false
      }
    }
  }

  private func step(_ body: (inout State) -> Void) {
    let finished: State? = state.withLock { state in
      body(&state)
      return state.loops == 0 && state.awaited == 0 ? state : nil
    }
    if let finished { done(finished.answers, finished.isComplete) }
  }
}
