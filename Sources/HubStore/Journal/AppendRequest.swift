internal import Synchronization

/// One `append`: its events in order, and whom to tell.
struct AppendRequest: Sendable {
  /// What is known of an event before the writer's turn.
  enum Item: Sendable {
    case draft(EventDraft)
    case invalid(String)
  }

  let items: [Item]
  let bytes: Int
  let completion: @Sendable (Result<[AppendOutcome], JournalError>) -> Void

  /// Takes the events at some places out, to be stored later; the others are nil when there are none. Who appended is told once both are
  /// stored.
  func divided(later places: Set<Int>) -> (now: AppendRequest?, later: AppendRequest) {
    guard places.count < items.count else { return (nil, self) }
    let answer = DividedAnswer(count: items.count, completion)
    func part(_ places: [Int]) -> AppendRequest {
      AppendRequest(items: places.map { items[$0] }, bytes: 0) { answer.take($0, of: places) }
    }
    return (part(items.indices.filter { !places.contains($0) }), part(places.sorted()))
  }
}

/// Puts the outcomes of an append in two parts together again.
private final class DividedAnswer: Sendable {
  private struct State {
    var outcomes: [AppendOutcome?]
    var failure: JournalError?
    var missing = 2
  }

  private let state: Mutex<State>
  private let completion: @Sendable (Result<[AppendOutcome], JournalError>) -> Void

  init(count: Int, _ completion: @escaping @Sendable (Result<[AppendOutcome], JournalError>) -> Void) {
    state = Mutex(State(outcomes: Array(repeating: nil, count: count)))
    self.completion = completion
  }

  func take(_ result: Result<[AppendOutcome], JournalError>, of places: [Int]) {
    let whole = state.withLock { state -> Result<[AppendOutcome], JournalError>? in
      state.missing -= 1
      switch result {
      case .success(let outcomes): for (place, outcome) in zip(places, outcomes) { state.outcomes[place] = outcome }
      case .failure(let error): state.failure = error
      }
      guard state.missing == 0 else { return nil }
      return state.failure.map { .failure($0) } ?? .success(state.outcomes.compactMap { $0 })
    }
    if let whole { completion(whole) }
  }
}
