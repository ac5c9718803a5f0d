/// Decides the order of one adapter instance's lifecycle: create → validate → start → stop → destroy, one call at a time.
/// Pure: it is told what happened and says what to do next.
struct LifecycleMachine: Sendable {
  /// A call of the lifecycle.
  enum Stage: String, Sendable, Hashable {
    case create, validate, start, stop, destroy
  }

  /// How an instance ended, or why it never ran.
  enum Ending: Sendable, Hashable {
    case stopped
    /// It answered with an error, or not in time. `refusesConfig`: because of what its config says.
    case failed(Stage, reason: String, refusesConfig: Bool = false)
    /// A call never returned: its thread is still inside the plugin, so nothing of it may be called or freed any more.
    case abandoned(Stage)
  }

  enum State: Sendable, Hashable {
    case idle
    /// A call was made; `returned` tells whether its function came back, the answer is still open.
    case busy(Stage, returned: Bool)
    case running
    /// The last call; the ending is known already.
    case destroying(Ending)
    case ended(Ending)
  }

  enum Action: Sendable, Hashable {
    case none
    case create
    case validate
    case start
    case stop
    /// Call `cancel` for the operation that is late, then destroy.
    case cancelAndDestroy
    case destroy
    /// Give up without touching the instance.
    case abandon
    /// The instance runs: tell who waits for it.
    case announceRunning
    /// It is over: tell who waits for it.
    case announceEnd
  }

  private(set) var state = State.idle
  /// A stop that came while the instance was on its way up.
  private var stopRequested = false

  mutating func begin() -> Action {
    guard case .idle = state else { return .none }
    return call(.create, .create)
  }

  /// The function of a call came back.
  mutating func returned(_ stage: Stage) {
    if case .busy(stage, _) = state { state = .busy(stage, returned: true) }
  }

  /// `create` gave an instance.
  mutating func created() -> Action {
    guard case .busy(.create, _) = state else { return .none }
    return stopRequested ? destroy(.stopped) : call(.validate, .validate)
  }

  /// `create` gave none.
  mutating func refused(reason: String) -> Action {
    guard case .busy(.create, _) = state else { return .none }
    return end(.failed(.create, reason: reason, refusesConfig: true))
  }

  /// The plugin answered `validate`, `start` or `stop`; a reason means that it failed.
  mutating func answered(_ stage: Stage, failure reason: String?, refusesConfig: Bool = false) -> Action {
    guard case .busy(stage, _) = state else { return .none }
    switch (stage, reason) {
    case (.stop, _): return destroy(.stopped)
    case (_, let reason?): return destroy(.failed(stage, reason: reason, refusesConfig: refusesConfig))
    case (.validate, nil): return stopRequested ? destroy(.stopped) : call(.start, .start)
    case (.start, nil):
      if stopRequested { return call(.stop, .stop) }
      state = .running
      return .announceRunning
    case (.create, nil), (.destroy, nil): return .none
    }
  }

  /// A call took too long.
  mutating func expired(_ stage: Stage, after limit: Duration) -> Action {
    switch state {
    case .busy(stage, returned: false):
      state = .ended(.abandoned(stage))
      return .abandon
    case .busy(stage, returned: true):
      let ending: Ending = stage == .stop ? .stopped : .failed(stage, reason: "no answer within \(limit)")
      state = .destroying(ending)
      return .cancelAndDestroy
    case .destroying where stage == .destroy:
      state = .ended(.abandoned(.destroy))
      return .abandon
    default: return .none
    }
  }

  mutating func stop() -> Action {
    switch state {
    case .idle:
      return end(.stopped)
    case .running:
      return call(.stop, .stop)
    case .busy, .destroying, .ended:
      stopRequested = true
      return .none
    }
  }

  /// `destroy` came back.
  mutating func destroyed() -> Action {
    guard case .destroying(let ending) = state else { return .none }
    return end(ending)
  }

  private mutating func call(_ stage: Stage, _ action: Action) -> Action {
    state = .busy(stage, returned: false)
    return action
  }

  private mutating func destroy(_ ending: Ending) -> Action {
    state = .destroying(ending)
    return .destroy
  }

  private mutating func end(_ ending: Ending) -> Action {
    state = .ended(ending)
    return .announceEnd
  }
}
