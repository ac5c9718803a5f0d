internal import CHubPlugin
internal import HubTelemetry
internal import Synchronization

/// The host's side of the extensions of one instance: what it opened, so that it can be withdrawn as a whole.
final class AdapterExtensions: Sendable {
  let metrics: PluginMetrics
  let timers = AdapterTimers()
  private let spec: AdapterSpec
  private let lines = Mutex(LineBudget(perSecond: 200))

  init(spec: AdapterSpec, services: HostServices) {
    self.spec = spec
    metrics = PluginMetrics(adapter: spec.id, registry: services.metrics.registry)
  }

  func isGranted(_ id: String) -> Bool { HostTables.offered.contains(id) && spec.allow?.contains(id) != false }

  /// How many log lines were left out before this one; nil leaves this one out too.
  func admitLine(now: Duration) -> UInt64? { lines.withLock { $0.admit(now: now) } }

  /// Takes back everything the instance opened. May be called again.
  func withdraw() { timers.cancelAll() }
}

extension Adapter {
  /// The table behind an extension id; nil when it is unknown or not granted.
  func extensionTable(_ id: String) -> UnsafeRawPointer? {
    guard extensions.isGranted(id) else { return nil }
    return HostTables.table(id)
  }

  /// Answers one of the plugin's own tokens.
  func answer(_ token: UInt64, _ status: hub_status, _ body: [UInt8]) {
    guard token != 0 else { return }
    instance?.call("completed") { api, pointer in
      body.lent { api.completed?(pointer, token, status, $0) }
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
