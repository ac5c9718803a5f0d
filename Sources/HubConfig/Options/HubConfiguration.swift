public import OrderedJSON

/// Everything hub.yaml says, checked, with defaults filled in.
public struct HubConfiguration: Sendable {
  /// The version of the format: 1.
  public var version = 1
  /// The name of this process in logs and metrics.
  public var node = "hub-1"
  /// Where journal, secrets and admin socket are kept.
  public var data = "./data"
  /// Patterns of further files.
  public var include: [String] = []
  /// The public listener.
  public var server = ServerOptions()
  /// The admin listener.
  public var admin = AdminOptions()
  /// Who may connect.
  public var auth = AuthOptions()
  /// Where plugins are found.
  public var plugins = PluginOptions()
  /// The journal.
  public var journal = JournalOptions()
  /// Media that pass through the hub.
  public var media = MediaOptions()
  /// The realtime server.
  public var realtime = RealtimeOptions()
  /// What one client, user, tenant may use.
  public var limits = LimitOptions()
  /// How contacts are told apart.
  public var contacts = ContactOptions()
  /// The channels by id, disabled ones included.
  public var channels = ConfigMap<AdapterConfiguration>()
  /// The sinks by id, disabled ones included.
  public var sinks = ConfigMap<AdapterConfiguration>()

  /// The folder of hub.yaml, which relative paths are relative to.
  public internal(set) var folder = "."
  /// What the enabled adapters claim, each claim once.
  public internal(set) var claims: [Claim] = []

  /// The defaults.
  public init() {}

  /// The configuration as it would be written, with every default; secrets stay references.
  public var effective: JSONValue { rendered }

  /// A path of the configuration as seen from the process.
  public func resolve(_ path: String) -> String { Paths.resolve(path, in: folder) }

  /// The data folder as seen from the process.
  public var dataFolder: String { resolve(data) }

  /// The journal's file as seen from the process.
  public var journalFile: String { resolve(journal.path ?? Paths.resolve("hub.sqlite", in: data)) }

  /// The folders that plugins are looked for in, in this order.
  public var pluginFolders: [String] { plugins.path.map(resolve) }
}

extension HubConfiguration: ConfigSection {
  static var keys: [Key<Self>] {
    [
      Key("version", \.version, .int(1...1), "Version of this format.", required: true),
      Key("node", \.node, .name, "Name of this process in logs and metrics."),
      Key("data", \.data, .path, "Folder of the journal, generated secrets and the admin socket; created with mode 0700."),
      Key("include", \.include, .list(of: .path, orOne: true), "Patterns of files whose maps are merged into this one by key."),
      Key("server", \.server, .section, "The public listener."),
      Key("admin", \.admin, .section, "The admin listener: health, metrics, admin API."),
      Key("auth", \.auth, .section, "Who may connect."),
      Key("plugins", \.plugins, .section, "Where plugins are found."),
      Key("journal", \.journal, .section, "The journal of events."),
      Key("media", \.media, .section, "Media that pass through the hub."),
      Key("realtime", \.realtime, .section, "The Socket.IO server."),
      Key("limits", \.limits, .section, "Limits; 0 is none, rates are per second with a burst of two seconds."),
      Key("contacts", \.contacts, .section, "How contacts are told apart."),
      Key("channels", \.channels, .map(of: .section), "Adapters that talk to providers, by id."),
      Key("sinks", \.sinks, .map(of: .section), "Adapters that talk to consumers, by id."),
    ]
  }
}
