public import OrderedJSON

/// What happens when an adapter cannot start.
public enum StartErrorPolicy: String, Sendable, Hashable, CaseIterable {
  /// The hub does not start.
  case fail
  /// The hub starts, and the adapter is tried again.
  case retry
  /// The hub starts without it.
  case disable
}

/// Where an adapter runs.
public enum Isolation: String, Sendable, Hashable, CaseIterable {
  /// In the hub's process.
  case inline
  /// In a process of its own.
  case process
}

/// One adapter as declared.
public struct AdapterConfiguration: Sendable {
  /// The plugin that implements it.
  public var plugin = ""
  /// Whether it runs.
  public var enabled = true
  /// Whether the hub is ready only while it runs.
  public var required = true
  /// What happens when it cannot start.
  public var onStartError = StartErrorPolicy.fail
  /// Where it runs; nil is in the hub.
  public var isolation: Isolation?
  /// Memory limit of its process.
  public var memory: ByteSize?
  /// Processor limit of its process, in cores.
  public var cpu: Double?
  /// The digest that the plugin's file must have.
  public var sha256: String?
  /// The extension ids it may use; nil is every one.
  public var allow: [String]?
  /// The hosts it may reach; nil is every one.
  public var egress: [String]?
  /// The largest HTTP body it takes; nil is 8 MiB.
  public var maxBody: ByteSize?
  /// The rate of its sends; nil is the plugin's.
  public var rate: Rate?
  /// The provider's accounts it serves. A sink has none.
  public var accounts = ConfigMap<AccountConfiguration>()

  /// The secrets that occur in `config`; the plugin may ask for these and no others.
  public internal(set) var secrets: Set<SecretReference> = []
  /// Why the plugin cannot be used, when `onStartError` lets the hub start without it.
  public internal(set) var refusal: String?

  /// What the plugin's `create` gets: the `config` mapping, checked against the plugin's schema, with its defaults; secrets are
  /// handles. When the schema describes account settings (`x-hub-account`), a member `accounts` holds them by account.
  public var config: JSONValue {
    guard let accounts = settings.accounts, var config = settings.value.object else { return settings.value }
    config["accounts"] = .object(accounts)
    return .object(config)
  }

  var settings = PluginSettings()

  /// Nothing.
  public init() {}
}

extension AdapterConfiguration: ConfigSection {
  static var keys: [Key<Self>] {
    [
      Key("plugin", \.plugin, .name, "The plugin that implements it.", required: true),
      Key("enabled", \.enabled, .bool, "Whether it runs."),
      Key("required", \.required, .bool, "Whether the hub is ready only while it runs."),
      Key("on_start_error", \.onStartError, .word(), "What happens when it cannot start."),
      Key("isolation", \.isolation, .word(), "inline in the hub, or in a process of its own.", support: .only("inline")),
      Key(
        "memory", \.memory, .size(ByteSize(bytes: 16 << 20)...ByteSize(bytes: 1 << 40)), "Memory limit of its process.",
        support: .ignored),
      Key("cpu", \.cpu, .number(0.01...1024), "Processor limit of its process, in cores.", support: .ignored),
      Key("sha256", \.sha256, .sha256, "Digest that the plugin's file must have."),
      Key("allow", \.allow, .list(of: .string), "Extension ids it may use; every one when absent."),
      Key(
        "egress", \.egress, .list(of: .hostPattern),
        "Hosts it may reach, such as graph.example or *.media.example; every one when absent. A host that is named may be at an address that "
          + "isn't public although its URL came from outside."),
      Key(
        "max_body", \.maxBody, .size(ByteSize(bytes: 1024)...ByteSize(bytes: 1 << 30)),
        "Largest HTTP body it takes; when absent what its plugin asks for, else 8MiB."),
      Key("rate", \.rate, .rate, "Rate of its sends, per account; when absent what its plugin asks for, else any."),
      Key(
        "accounts", \.accounts, .map(of: .account, keyMistake: AccountConfiguration.mistake), "The provider's accounts and their tenants."),
      Key("config", \.settings, .unchecked, "Settings of the plugin; `hub plugin inspect` shows its schema."),
    ]
  }
}

/// The `config` mapping before and after the plugin's schema was applied.
struct PluginSettings: Sendable {
  var node: ConfigNode?
  var value: JSONValue = .object([:])
  /// The settings of accounts, when the schema describes them.
  var accounts: JSONObject?
  var isChecked = false
}

extension ValueType where Value == PluginSettings {
  /// A mapping that the plugin's schema checks later.
  static var unchecked: ValueType {
    ValueType(schema: ["type": "object", "additionalProperties": true]) { node, _ in
      PluginSettings(node: node)
    } render: {
      // Unchecked settings may hold a secret where a reference belongs.
      $0.isChecked ? $0.value : .null
    }
  }
}
