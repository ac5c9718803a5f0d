import CHubPlugin
import Synchronization

/// The plugin's own tokens: what waits for an answer of the host. A token is taken out by the first answer; a second one finds nothing.
final class PendingOperations: Sendable {
  typealias Answer = @Sendable (hub_status, hub_str) -> Void

  private struct State {
    var next: hub_token = 1
    var waiting: [hub_token: Answer] = [:]
  }

  private let state = Mutex(State())

  func add(_ answer: @escaping Answer) -> hub_token {
    state.withLock { state in
      let token = state.next
      state.next += 1
      state.waiting[token] = answer
      return token
    }
  }

  func take(_ token: hub_token) -> Answer? {
    state.withLock { $0.waiting.removeValue(forKey: token) }
  }
}
