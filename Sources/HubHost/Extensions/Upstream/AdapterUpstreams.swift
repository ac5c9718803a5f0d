internal import HubTelemetry
internal import Synchronization

/// The upstream connections of one instance.
final class AdapterUpstreams: Sendable {
  static let maximum = 256

  private struct State {
    var open: [UInt32: PluginUpstream] = [:]
    var isClosed = false
  }

  private let adapter: String
  private let metrics: HubMetrics
  private let state = Mutex(State())

  init(adapter: String, metrics: HubMetrics) {
    self.adapter = adapter
    self.metrics = metrics
  }

  /// Whether there was room and the id was free.
  func add(_ upstream: PluginUpstream) -> Bool {
    state.withLock { state in
      guard !state.isClosed, state.open[upstream.id] == nil, state.open.count < Self.maximum else { return false }
      state.open[upstream.id] = upstream
      return true
    }
  }

  func find(_ id: UInt32) -> PluginUpstream? { state.withLock { $0.open[id] } }

  func close(_ id: UInt32) {
    state.withLock { $0.open.removeValue(forKey: id) }?.close()
    count()
  }

  /// Ends all of them; no more are let in.
  func close() {
    let open = state.withLock { state in
      defer { state.open = [:] }
      state.isClosed = true
      return Array(state.open.values)
    }
    guard !open.isEmpty else { return }
    for upstream in open { upstream.close() }
    count()
  }

  /// The worst of them; nil when all are well.
  var health: (AdapterHealth, String)? {
    state.withLock { Array($0.open.values) }.compactMap(\.health).max { $0.0.rawValue < $1.0.rawValue }
  }

  /// Sets the gauges.
  func count() {
    let open = state.withLock { Array($0.open.values) }
    let counts = open.map(\.counts)
    metrics.upstreamNamespaces.with(adapter, "joined").set(Double(counts.reduce(0) { $0 + $1.joined }))
    metrics.upstreamNamespaces.with(adapter, "waiting").set(Double(counts.reduce(0) { $0 + $1.waiting }))
  }
}
