internal import CHubPlugin
internal import Dispatch
internal import HubTelemetry
internal import Logging
internal import OrderedJSON
internal import Synchronization

/// One instance of a plugin, from create to destroy. Made anew for every try to start it.
final class Adapter: Sendable {
  let spec: AdapterSpec
  let description: PluginDescription
  let services: HostServices
  let logger: Logger
  let operations: Mutex<TokenTable<Operation>>
  let extensions: AdapterExtensions
  let owed = OwedAnswers()
  /// Of a channel.
  let meters: EmitMeters?
  /// Whether anybody is there whom an event could reach, by the plugin's last word.
  let heard = Atomic<Bool>(true)
  private let plugin: LoadedPlugin
  private let handle: HostHandle
  private let pointer: HostPointer
  private let queue: DispatchQueue
  private let lifecycle = Mutex(Lifecycle())

  private struct Lifecycle {
    var machine = LifecycleMachine()
    var instance: PluginInstance?
    /// The token of the call that is under way.
    var token: UInt64 = 0
    var started: CheckedContinuation<AdapterFailure?, Never>?
    var ended: [CheckedContinuation<Void, Never>] = []
    var onEnd: (@Sendable (AdapterFailure?) -> Void)?
    /// The kinds of events it asked for; nil: every one.
    var kinds: Set<String>?
    var health = AdapterHealth.starting
    var healthDetail = ""
  }

  init(spec: AdapterSpec, description: PluginDescription, plugin: LoadedPlugin, services: HostServices, number: UInt64) {
    self.spec = spec
    self.description = description
    self.plugin = plugin
    self.services = services
    var logger = services.logger
    logger[metadataKey: "adapter"] = "\(spec.id)"
    self.logger = logger
    meters = description.kind == .channel ? EmitMeters(services.metrics, channel: spec.id) : nil
    operations = Mutex(TokenTable(base: number << 40))
    (handle, pointer) = HostHandle.make()
    queue = DispatchQueue(label: "adapter.\(spec.id)")
    extensions = AdapterExtensions(spec: spec, services: services, owed: owed)
    handle.open(self)
  }

  /// Extensions the plugin needs and is not given.
  func missingExtensions() -> [String] { description.needs.filter { !extensions.isGranted($0) } }

  /// The instance while it can be called.
  var instance: PluginInstance? { lifecycle.withLock { $0.instance } }

  /// The kinds of events the plugin asked for; nil: every one.
  var kinds: Set<String>? { lifecycle.withLock { $0.kinds } }

  /// The plugin says which kinds of events it wants, while it is on its way up.
  func take(only kinds: Set<String>) -> hub_status {
    guard description.kind == .sink else { return Status.denied }
    return lifecycle.withLock { state in
      switch state.machine.state {
      case .busy(.create, _), .busy(.validate, _), .busy(.start, _): state.kinds = kinds
      default: return Status.denied
      }
      return Status.ok
    }
  }

  /// How the plugin says it is, or its upstream connections are when that is worse.
  var health: (AdapterHealth, String) {
    let own = lifecycle.withLock { ($0.health, $0.healthDetail) }
    guard let upstream = extensions.upstreams.health, upstream.0.rawValue > own.0.rawValue else { return own }
    return upstream
  }

  /// Creates, validates and starts.
  /// - Returns: nil once it runs, else why it does not.
  func start(onEnd: @escaping @Sendable (AdapterFailure?) -> Void) async -> AdapterFailure? {
    await withCheckedContinuation { continuation in
      lifecycle.withLock {
        $0.started = continuation
        $0.onEnd = onEnd
      }
      advance { $0.begin() }
    }
  }

  /// Stops and destroys; returns when that is done or given up.
  func stop() async {
    await withCheckedContinuation { continuation in
      let isOver = lifecycle.withLock { state in
        if case .ended = state.machine.state { return true }
        state.ended.append(continuation)
        return false
      }
      if isOver { continuation.resume() } else { advance { $0.stop() } }
    }
  }

  /// Gives up what has waited for the plugin's answer for too long.
  func expire(now: Duration) {
    for (token, operation) in operations.withLock({ $0.expire(now: now) }) {
      if case .lifecycle(let stage, let limit) = operation {
        advance { $0.expired(stage, after: limit) }
      } else {
        fail(operation, .timedOut)
        instance?.call("cancel") { api, pointer in api.cancel?(pointer, token) }
      }
    }
  }

  /// The plugin ended a host operation.
  func complete(_ token: UInt64, status: hub_status, body: hub_str) {
    let operation = operations.withLock { table in
      table.take(token) { operation in
        switch operation {
        case .lifecycle(let stage, _): stage != .create && stage != .destroy
        case .refusal, .delivery, .upstream, .media: true
        case .request, .connect, .ack: false
        }
      }
    }
    switch operation {
    case nil, .request, .connect, .ack: countStray(token)
    case .lifecycle(let stage, _):
      let reason = status == Status.ok ? nil : body.len > 0 ? body.text : "status \(status)"
      advance { $0.answered(stage, failure: reason, refusesConfig: status == Status.invalid) }
    case .refusal(let box): box.set(body.text)
    case .upstream(let event): event.finish(status == Status.ok ? body.bytes : [])
    case .media(let media): media.finish(.missing(status == Status.notFound ? .notFound : .failed))
    case .delivery(let delivery):
      delivery.finish(status == Status.ok ? .done(body: body.bytes) : .refused(status: status, reason: body.text))
    }
  }

  func reportHealth(_ state: Int32, detail: hub_str) {
    let health = AdapterHealth(rawValue: state) ?? .degraded
    let text = String(detail.text.prefix(1000))
    let hasRecovered = lifecycle.withLock { state in
      defer { (state.health, state.healthDetail) = (health, text) }
      return health == .ok && state.health != .ok
    }
    if hasRecovered, spec.kind == .channel { services.signals.tell(.recovered(spec.id)) }
  }

  // MARK: - Lifecycle

  private func advance(_ step: (inout LifecycleMachine) -> LifecycleMachine.Action) {
    perform(lifecycle.withLock { step(&$0.machine) })
  }

  private func perform(_ action: LifecycleMachine.Action) {
    switch action {
    case .none: break
    case .create:
      let token = begin(.create, within: spec.deadlines.prepare)
      queue.async { self.create(token: token) }
    case .validate:
      call(.validate, within: spec.deadlines.prepare) { $0.validate?($1, $2) != nil }
    case .start:
      call(.start, within: spec.deadlines.start) { $0.start?($1, $2) != nil }
    case .stop:
      extensions.withdraw()
      let grace = UInt32(clamping: spec.deadlines.stop.milliseconds / 2)
      call(.stop, within: spec.deadlines.stop) { $0.stop?($1, grace, $2) != nil }
    case .cancelAndDestroy:
      let token = lifecycle.withLock { $0.token }
      instance?.call("cancel") { api, pointer in api.cancel?(pointer, token) }
      destroy()
    case .destroy: destroy()
    case .abandon:
      close(.closed)
      lifecycle.withLock { $0.instance.take() }?.gate.close()
      handle.close()
      announceEnd()
    case .announceRunning:
      lifecycle.withLock { state in
        if state.health == .starting { state.health = .ok }
        return state.started.take()
      }?.resume(returning: nil)
    case .announceEnd:
      close(.closed)
      handle.close()
      announceEnd()
    }
  }

  private func begin(_ stage: LifecycleMachine.Stage, within limit: Duration) -> UInt64 {
    let token = expect(.lifecycle(stage, limit: limit), within: limit)
    lifecycle.withLock { $0.token = token }
    return token
  }

  private func call(
    _ stage: LifecycleMachine.Stage, within limit: Duration, _ body: @escaping @Sendable (hub_instance_api, OpaquePointer, UInt64) -> Bool
  ) {
    let token = begin(stage, within: limit)
    queue.async { [self] in
      guard let instance else { return }
      instance.watched("lifecycle") { api, pointer in
        // A missing function has nothing to do.
        if !body(api, pointer, token) { complete(token, status: Status.ok, body: hub_str()) }
      }
      lifecycle.withLock { $0.machine.returned(stage) }
    }
  }

  private func create(token: UInt64) {
    let box = ReasonBox()
    let why = operations.withLock { $0.add(.refusal(box), deadline: nil) }
    var arena = ABIArena()
    let name = arena.add(spec.id)
    let config = arena.add(spec.config.serialized())
    var api: UnsafePointer<hub_instance_api>?
    var instancePointer: OpaquePointer?
    let status = arena.lend { lent in
      plugin.table.pointer.pointee.create(
        description.index, lent(name), lent(config), HostTables.api.pointer, pointer.raw, why, &api, &instancePointer)
    }
    // A token that is gone was given up: the deadline passed while the plugin was inside.
    guard
      operations.withLock({ table in
        _ = table.giveUp(why)
        return table.take(token) != nil
      })
    else { return }

    guard status == Status.ok else {
      return advance { $0.refused(reason: box.value ?? "status \(status), without a reason") }
    }
    guard let api, let instancePointer, Int(api.pointee.struct_size) >= MemoryLayout<hub_instance_api>.size, api.pointee.destroy != nil
    else {
      return advance { $0.refused(reason: "create gave no usable instance") }
    }
    let instance = PluginInstance(
      api: api.pointee, pointer: instancePointer, isSerial: description.isSerial, lane: queue, logger: logger)
    lifecycle.withLock { $0.instance = instance }
    extensions.completions.open()
    advance { $0.created() }
  }

  private func destroy() {
    close(.closed)
    guard let instance else { return advance { $0.destroyed() } }
    let token = begin(.destroy, within: spec.deadlines.stop)
    instance.gate.close { [self] in
      queue.async { [self] in
        // The plugin may keep something for each of its tokens until it is completed, and this is its last chance.
        instance.watched("completed") { api, pointer in
          for token in owed.close() { _ = "the adapter has ended".lent { api.completed?(pointer, token, Status.closed, $0) } }
        }
        instance.watched("destroy") { api, pointer in api.destroy?(pointer) }
        guard operations.withLock({ $0.take(token) != nil }) else { return }
        lifecycle.withLock { $0.instance = nil }
        advance { $0.destroyed() }
      }
    }
  }

  /// Withdraws what the adapter opened, and gives up what waits for it. Operations of the lifecycle end by themselves.
  private func close(_ answer: DeliveryAnswer) {
    extensions.withdraw()
    extensions.outbound.close()
    services.interests.ended(self)
    extensions.completions.open()
    for (_, operation) in operations.withLock({ $0.giveUpAll() }) { fail(operation, answer) }
  }

  private func fail(_ operation: Operation, _ answer: DeliveryAnswer) {
    switch operation {
    case .lifecycle, .refusal: break
    case .delivery(let delivery): delivery.finish(answer)
    case .request(let request): request.fail(answer)
    case .connect(let connect): connect.decide(PluginNamespace.unavailable)
    case .ack: break
    case .upstream(let event): event.finish(nil)
    case .media(let media): media.finish(.missing(.unavailable))
    }
  }

  private func announceEnd() {
    let (failure, started, ended, onEnd) = lifecycle.withLock { state in
      var failure: AdapterFailure?
      if case .ended(let ending) = state.machine.state { failure = AdapterFailure(adapter: spec.id, ending: ending) }
      state.health = .down
      defer { state.ended = [] }
      return (failure, state.started.take(), state.ended, state.onEnd.take())
    }
    started?.resume(returning: failure ?? AdapterFailure(adapter: spec.id, step: .stop, reason: "stopped while it was starting"))
    ended.forEach { $0.resume() }
    onEnd?(failure)
  }
}
