import CHubPlugin
import HubPluginSDK
import Synchronization

/// The adapter's own operations, as the hub keeps them: each is completed once, with its answer or, when the adapter ends first, as closed.
extension FakeHost {
  struct Answer {
    let token: hub_token
    let status: hub_status
    let body: [UInt8]
  }

  /// The tokens an answer is owed for, as often as they are.
  struct OwedTokens {
    private var open: [hub_token] = []
    private var isClosed = false

    /// An operation begins; false when the adapter is at its end. Token 0 wants no answer.
    mutating func begin(_ token: hub_token) -> Bool {
      if token != 0, !isClosed { open.append(token) }
      return !isClosed
    }

    /// Whether the token was owed; it is not any more.
    mutating func end(_ token: hub_token) -> Bool {
      guard let place = open.firstIndex(of: token) else { return false }
      open.remove(at: place)
      return true
    }

    /// Everything that is owed, lowest token first. Nothing begins any more.
    mutating func close() -> [hub_token] {
      defer { (open, isClosed) = ([], true) }
      return open.sorted()
    }
  }

  func owe(_ token: hub_token) -> Bool { state.withLock { $0.owed.begin(token) } }

  func settle(_ token: hub_token) -> Bool { state.withLock { $0.owed.end(token) } }

  /// Completes one of the adapter's operations, once it can be called.
  func answer(_ token: hub_token, _ status: hub_status, _ body: [UInt8]) {
    let answer = Answer(token: token, status: status, body: body)
    if state.withLock({ $0.early?.append(answer) }) == nil { tell(answer) }
  }

  /// The adapter is created, and can be called from here on.
  func tellEarlyAnswers() {
    for answer in state.withLock({ $0.early.take() }) ?? [] { tell(answer) }
  }

  private func tell(_ answer: Answer) {
    guard let adapter = loaded, settle(answer.token) else { return }
    adapter.completed(answer.token, answer.status, answer.body)
  }

  // MARK: Timers

  func setTimer(milliseconds: UInt64, _ token: hub_token) -> hub_status {
    guard token != 0 else { return hub_status(HUB_EINVAL) }
    return state.withLock { state in
      if let refusal = state.timerRefusal { return refusal.rawValue }
      let place = state.liveTimers.firstIndex(of: token)
      guard place != nil || state.owed.begin(token) else { return hub_status(HUB_ECLOSED) }
      // One that waits starts over.
      if let place { state.liveTimers.remove(at: place) }
      state.liveTimers.append(token)
      state.timers.append(milliseconds)
      return 0
    }
  }

  func cancelTimer(_ token: hub_token) {
    state.withLock { state in
      guard let place = state.liveTimers.firstIndex(of: token) else { return }
      state.liveTimers.remove(at: place)
      _ = state.owed.end(token)
    }
  }
}

extension FakeHost.State {
  /// An adapter is created.
  mutating func begin(_ kind: HubDescriptor.Kind, why: hub_token) {
    (self.kind, self.why, refusal, kinds, owed, early) = (kind, why, nil, nil, FakeHost.OwedTokens(), [])
  }

  /// The adapter ends: what still waits, on either side.
  mutating func end() -> (
    steps: [CheckedContinuation<FakeHost.Completion, Never>], requests: [CheckedContinuation<FakeHost.Response, Never>],
    media: [CheckedContinuation<FakeHost.MediaAnswer, Never>], owed: [hub_token]
  ) {
    defer {
      (steps, requests, connects, openAcks) = ([:], [:], [], [])
      (held, heldQueries, liveTimers, heldRequests) = ([], [], [], [])
      (upstreams, upstreamAnswers) = ([:], [])
      media = [:]
    }
    return (steps.values.map(\.continuation), Array(requests.values), Array(media.values), owed.close())
  }

  /// Ends an operation of the hub's; false when it is not open.
  mutating func end(_ open: WritableKeyPath<Self, Set<hub_token>>, _ token: hub_token) -> Bool {
    if self[keyPath: open].remove(token) != nil { return true }
    if token != 0 { strays += 1 }
    return false
  }
}
