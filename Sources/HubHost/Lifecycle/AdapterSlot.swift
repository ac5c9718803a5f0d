internal import HubRouter
internal import HubTelemetry
internal import Logging
internal import Synchronization

/// One adapter of hub.yaml through all its tries: loads its plugin, starts an instance, and starts another one later when that
/// failed and the config asks for it.
final class AdapterSlot: Sendable {
  let spec: AdapterSpec
  private let launcher: AdapterLauncher
  private let services: HostServices
  private let state = Mutex(State())

  private struct State {
    var phase = AdapterState.waiting
    var current: Adapter?
    var retry: Task<Void, Never>?
    var isStopping = false
    var kinds: Set<String>?
    var description: PluginDescription?
  }

  init(spec: AdapterSpec, launcher: AdapterLauncher, services: HostServices) {
    self.spec = spec
    self.launcher = launcher
    self.services = services
  }

  /// The instance that runs; nil when none does.
  var adapter: Adapter? {
    state.withLock { state in if case .running = state.phase { state.current } else { nil } }
  }

  /// The instance there is, in whatever state.
  var current: Adapter? { state.withLock { $0.current } }

  /// The kinds of events the last instance that said so asked for, whether or not it runs; nil: every one.
  var kinds: Set<String>? { state.withLock { $0.kinds } }

  /// What the last plugin that could be loaded says of itself; nil when none ever could.
  var description: PluginDescription? { state.withLock { $0.description } }

  /// The kinds of events that the sink is to be given now: none while it runs and nobody hears it.
  var wanted: Set<String>? {
    state.withLock { state in
      guard case .running = state.phase, let current = state.current, !current.heard.load(ordering: .sequentiallyConsistent) else {
        return state.kinds
      }
      return []
    }
  }

  var status: AdapterStatus {
    let (phase, current) = state.withLock { ($0.phase, $0.current) }
    var shown = phase
    if case .running = phase, let (health, detail) = current?.health { shown = .running(health: health, detail: detail) }
    return AdapterStatus(id: spec.id, plugin: spec.plugin, kind: spec.kind, required: spec.required, state: shown)
  }

  /// Starts it as `on_start_error` says.
  /// - Throws: the failure, only when it is to end the hub's start.
  func start() async throws(AdapterFailure) {
    guard let failure = await attempt(1) else { return }
    switch spec.onStartError {
    case .fail: throw failure
    case .disable: break
    case .retry: retryLater(after: 1, failure)
    }
  }

  /// Stops it and ends the tries.
  func stop() async {
    let (current, retry) = state.withLock { state in
      state.isStopping = true
      if state.current != nil { state.phase = .stopping }
      return (state.current, state.retry.take())
    }
    retry?.cancel()
    await retry?.value
    await current?.stop()
    enter(.stopped)
  }

  private func attempt(_ number: Int) async -> AdapterFailure? {
    guard enter(.starting(attempt: number)) else { return nil }
    let failure = await launch(number)
    guard let failure else {
      enter(.running(health: .ok, detail: ""))
      services.logger.debug("adapter started", metadata: ["adapter": "\(spec.id)", "plugin": "\(spec.plugin)"])
      return nil
    }
    state.withLock { $0.current = nil }
    enter(.failed(reason: failure.reason))
    services.logger.error("adapter not started", metadata: ["adapter": "\(spec.id)", "plugin": "\(spec.plugin)", "reason": "\(failure)"])
    return failure
  }

  private func launch(_ number: Int) async -> AdapterFailure? {
    let adapter: Adapter
    do throws(AdapterFailure) {
      adapter = try await launcher.make(spec, attempt: number)
    } catch {
      return error
    }
    let isStopping = state.withLock { state in
      state.current = adapter
      state.description = adapter.description
      return state.isStopping
    }
    if isStopping {
      launcher.settled(spec)
      return AdapterFailure(adapter: spec.id, step: .load, reason: "the hub is stopping")
    }
    let failure = await adapter.start { [weak self] failure in
      if let failure { self?.ended(failure) }
    }
    launcher.settled(spec)
    let kinds = adapter.kinds
    // One that did not come up may have said nothing yet.
    if failure == nil || kinds != nil { state.withLock { $0.kinds = kinds } }
    return failure
  }

  /// An instance that ran is gone without having been stopped in good order.
  private func ended(_ failure: AdapterFailure) {
    state.withLock { state in
      if case .running = state.phase { state.phase = .failed(reason: failure.reason) }
    }
  }

  private func retryLater(after number: Int, _ failure: AdapterFailure) {
    let wait = Backoff.restart.delay(attempt: number, random: .random(in: 0...1))
    let task = Task { [self] in
      do { try await Task.sleep(for: wait) } catch { return }
      guard let again = await attempt(number + 1) else { return }
      retryLater(after: number + 1, again)
    }
    let keep = state.withLock { state in
      guard !state.isStopping else { return false }
      state.retry = task
      state.phase = .retrying(attempt: number, reason: failure.reason)
      return true
    }
    if !keep { task.cancel() }
  }

  @discardableResult
  private func enter(_ phase: AdapterState) -> Bool {
    let entered = state.withLock { state in
      if state.isStopping, phase != .stopped { return false }
      state.phase = phase
      return true
    }
    guard entered else { return false }
    for name in AdapterState.names {
      services.metrics.adapterState.with(spec.id, spec.plugin, name).set(name == phase.name ? 1 : 0)
    }
    if spec.kind == .channel, case .running = phase { services.signals.tell(.running(spec.id)) }
    return true
  }
}
