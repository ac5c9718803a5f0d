import CHubPlugin
import Synchronization

/// The plugin's own tokens: what waits for an answer of the host. A token is taken out by the first answer; a second one finds nothing.
/// After the end of the instance everything is answered as closed, at once.
final class PendingOperations: Sendable {
  typealias Answer = @Sendable (hub_status, hub_str) -> Void

  private struct State {
    var next: hub_token = 1
    var waiting: [hub_token: Answer] = [:]
    var isClosed = false
  }

  private let state = Mutex(State())

  func add(_ answer: @escaping Answer) -> hub_token {
    let (token, isClosed) = state.withLock { state in
      let token = state.next
      state.next += 1
      if !state.isClosed { state.waiting[token] = answer }
      return (token, state.isClosed)
    }
    if isClosed { Self.close(answer) }
    return token
  }

  /// Answers everything that waits as closed, oldest first.
  func close() {
    let waiting = state.withLock { state in
      defer { state.waiting = [:] }
      state.isClosed = true
      return state.waiting.sorted { $0.key < $1.key }
    }
    for (_, answer) in waiting { Self.close(answer) }
  }

  private static func close(_ answer: Answer) {
    "the adapter has ended".withHubStr { answer(HubError.Code.closed.rawValue, $0) }
  }

  func take(_ token: hub_token) -> Answer? {
    state.withLock { $0.waiting.removeValue(forKey: token) }
  }
}
