internal import CHubPlugin
internal import Dispatch
internal import HubAuth
internal import HubTelemetry
internal import RealtimeServer
internal import Synchronization

/// The host's side of the extensions of one instance: what it opened, so that it can be withdrawn as a whole.
final class AdapterExtensions: Sendable {
  let metrics: PluginMetrics
  let timers: AdapterTimers
  /// Where request bodies are handed over that are too large for an event loop.
  let bodies: DispatchQueue
  let completions: Completions
  /// Where questions to the journal wait for its reads.
  let questions: BoundedWork
  let upstreams: AdapterUpstreams
  let outbound = AdapterOutbound()
  private let spec: AdapterSpec
  private let routes: PluginRoutes?
  private let realtime: RealtimePort?
  private let namespaces = Mutex<[UInt32: PluginNamespace]>([:])
  private let lines = Mutex(LineBudget(perSecond: 200))

  init(spec: AdapterSpec, services: HostServices, owed: OwedAnswers) {
    self.spec = spec
    timers = AdapterTimers(owed: owed)
    routes = services.routes
    realtime = services.realtime
    bodies = DispatchQueue(label: "adapter.\(spec.id).bodies", attributes: .concurrent)
    completions = Completions(label: "adapter.\(spec.id).completions")
    questions = BoundedWork(label: "adapter.\(spec.id).questions", width: 2, backlog: 1024)
    upstreams = AdapterUpstreams(adapter: spec.id, metrics: services.metrics)
    metrics = PluginMetrics(adapter: spec.id, registry: services.metrics.registry)
  }

  func isGranted(_ id: String) -> Bool { HostTables.offered.contains(id) && spec.allow?.contains(id) != false }

  /// How many log lines were left out before this one; nil leaves this one out too.
  func admitLine(now: Duration) -> UInt64? { lines.withLock { $0.admit(now: now) } }

  /// Takes back everything the instance opened. May be called again.
  func withdraw() {
    timers.silence()
    routes?.remove(owner: spec.id)
    upstreams.close()
    let open = namespaces.withLock { namespaces in
      defer { namespaces = [:] }
      return namespaces.values.map(\.name)
    }
    for name in open { realtime?.close(name) }
  }

  /// Whether the id was free.
  func add(_ namespace: PluginNamespace) -> Bool {
    namespaces.withLock { namespaces in
      guard namespaces[namespace.id] == nil else { return false }
      namespaces[namespace.id] = namespace
      return true
    }
  }

  func remove(_ namespace: PluginNamespace) { namespaces.withLock { $0[namespace.id] = nil } }

  func namespace(_ id: UInt32) -> PluginNamespace? { namespaces.withLock { $0[id] } }

  /// Whose a socket of any of the adapter's namespaces is.
  func identity(of socket: SocketID) -> Identity? {
    let all = namespaces.withLock { Array($0.values) }
    return all.lazy.compactMap { $0.identity(of: socket) }.first
  }
}

extension Adapter {
  /// The table behind an extension id; nil when it is unknown or not granted.
  func extensionTable(_ id: String) -> UnsafeRawPointer? {
    guard extensions.isGranted(id) else { return nil }
    return HostTables.table(id)
  }

  /// Answers one of the plugin's own tokens, in the order of the answers: never on the caller's thread, which may be the one that writes
  /// the journal for everybody, and never before the plugin has its instance. The token must be owed.
  ///
  /// - Parameter hop: runs what it is given later, once, when the answers that come now have all come.
  func answer(_ token: UInt64, _ status: hub_status, _ body: [UInt8], after hop: Completions.Hop? = nil) {
    guard token != 0 else { return }
    complete(token, status, body, after: hop) { [owed] in owed.end(token) }
  }

  /// Answers what was known when it was asked, within the question: it is the plugin's own call that waits. One that asks while it is
  /// created, or wants one call at a time, is answered later.
  func answerAtOnce(_ token: UInt64, _ status: hub_status, _ body: [UInt8]) {
    guard token != 0 else { return }
    guard let instance, instance.isInline else { return answer(token, status, body) }
    complete(instance, token, status, body) { [owed] in owed.end(token) }
  }

  /// Answers the token of a timer that fired, unless it is cancelled or starts over before its turn comes.
  func answerTimer(_ token: UInt64, use: UInt64) {
    complete(token, Status.ok, []) { [extensions] in extensions.timers.end(token, use: use) }
  }

  private func complete(
    _ token: UInt64, _ status: hub_status, _ body: [UInt8], after hop: Completions.Hop? = nil, ifOwed end: @escaping @Sendable () -> Bool
  ) {
    extensions.completions.add(after: hop) { [self] in
      if let instance { complete(instance, token, status, body, ifOwed: end) }
    }
  }

  private func complete(
    _ instance: PluginInstance, _ token: UInt64, _ status: hub_status, _ body: [UInt8], ifOwed end: @escaping @Sendable () -> Bool
  ) {
    instance.call("completed") { api, pointer in
      guard end() else { return }
      _ = body.lent { api.completed?(pointer, token, status, $0) }
    }
  }
}

/// Lets so many lines pass in a second.
struct LineBudget: Sendable {
  let perSecond: Int
  private var second: Int64 = -1
  private var used = 0
  private var left: UInt64 = 0

  init(perSecond: Int) { self.perSecond = perSecond }

  mutating func admit(now: Duration) -> UInt64? {
    if now.components.seconds != second {
      second = now.components.seconds
      used = 0
    }
    guard used < perSecond else {
      left += 1
      return nil
    }
    used += 1
    defer { left = 0 }
    return left
  }
}
