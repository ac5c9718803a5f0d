/// Why one adapter does not run.
public struct AdapterFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// Where it failed.
  public enum Step: String, Sendable, Hashable {
    /// Finding, checking or loading the plugin, or calling it for the first time.
    case load
    /// Making the instance from its config.
    case create
    /// Looking whether what it needs is there.
    case validate
    /// Starting.
    case start
    /// Stopping or destroying.
    case stop
  }

  /// The adapter's id in hub.yaml.
  public let adapter: String
  /// Where it failed.
  public let step: Step
  /// The reason, for an operator.
  public let reason: String

  /// Whether the plugin will have nothing to do with its config, so that a further start would end the same.
  public let refusesConfig: Bool

  /// One line: adapter, step, reason.
  public var description: String {
    if refusesConfig { return "\(adapter): refused its config: \(reason)" }
    return step == .load ? "\(adapter): \(reason)" : "\(adapter): \(step.rawValue): \(reason)"
  }

  init(adapter: String, step: Step, reason: String, refusesConfig: Bool = false) {
    (self.adapter, self.step, self.reason, self.refusesConfig) = (adapter, step, reason, refusesConfig)
  }
}

extension AdapterFailure {
  init?(adapter: String, ending: LifecycleMachine.Ending) {
    let step = { (stage: LifecycleMachine.Stage) -> Step in
      switch stage {
      case .create: .create
      case .validate: .validate
      case .start: .start
      case .stop, .destroy: .stop
      }
    }
    switch ending {
    case .stopped: return nil
    case .failed(let stage, let reason, let refusesConfig):
      self.init(adapter: adapter, step: step(stage), reason: reason, refusesConfig: refusesConfig)
    case .abandoned(let stage):
      self.init(
        // It said nothing of its config.
        adapter: adapter, step: stage == .create ? .load : step(stage),
        reason: "the plugin's \(stage.rawValue) did not return; its thread is left to it until the hub restarts")
    }
  }
}
