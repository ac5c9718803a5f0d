/// How a plugin says one of its instances is.
public enum AdapterHealth: Int32, Sendable, Hashable {
  /// Not ready yet.
  case starting = 0
  /// Working.
  case ok = 1
  /// Working in part.
  case degraded = 2
  /// Not working.
  case down = 3

  /// The word for it, as `hub status` shows it.
  public var name: String {
    switch self {
    case .starting: "starting"
    case .ok: "ok"
    case .degraded: "degraded"
    case .down: "down"
    }
  }
}

/// Where one adapter of hub.yaml stands.
public enum AdapterState: Sendable, Hashable {
  /// Its turn has not come.
  case waiting
  /// Being loaded, created, validated or started.
  case starting(attempt: Int)
  /// Started, with what the plugin reports of itself.
  case running(health: AdapterHealth, detail: String)
  /// Failed to start, and will be tried again.
  case retrying(attempt: Int, reason: String)
  /// Being stopped.
  case stopping
  /// Stopped in good order.
  case stopped
  /// Failed, and stays so.
  case failed(reason: String)

  /// The state's name, as metrics and `hub status` show it.
  public var name: String {
    switch self {
    case .waiting: "waiting"
    case .starting: "starting"
    case .running: "running"
    case .retrying: "retrying"
    case .stopping: "stopping"
    case .stopped: "stopped"
    case .failed: "failed"
    }
  }

  static let names = ["waiting", "starting", "running", "retrying", "stopping", "stopped", "failed"]
}

/// One adapter, for `hub status`, readiness and metrics.
public struct AdapterStatus: Sendable, Hashable {
  /// The adapter's id in hub.yaml.
  public var id: String
  /// The plugin's name.
  public var plugin: String
  /// Channel or sink.
  public var kind: PluginDescription.Kind
  /// Whether the hub is ready only while it runs.
  public var required: Bool
  /// Where it stands.
  public var state: AdapterState

  /// Whether readiness is satisfied by it.
  public var isReady: Bool {
    if case .running(let health, _) = state { return health != .down || !required }
    return !required
  }
}
