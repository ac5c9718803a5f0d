public import OrderedJSON

/// One adapter as hub.yaml declares it, after validation. The composition root fills it from the typed config.
public struct AdapterSpec: Sendable {
  /// What happens when an adapter does not start.
  public enum OnStartError: String, Sendable, Hashable {
    /// The hub does not start.
    case fail
    /// The hub goes on and tries again with growing waits.
    case retry
    /// The hub goes on without it.
    case disable
  }

  /// How long each step of the lifecycle may take.
  public struct Deadlines: Sendable, Hashable {
    /// For `create` and for `validate`, each.
    public var prepare: Duration = .seconds(5)
    /// For `start`.
    public var start: Duration = .seconds(30)
    /// For `stop`; the plugin is told half of it as its grace.
    public var stop: Duration = .seconds(10)
    /// For one delivery, before it counts as failed.
    public var delivery: Duration = .seconds(30)
    /// For one attempt to send, before its fate is unknown: longer than any request of a channel takes.
    public var send: Duration = .seconds(60)
    /// For one HTTP request or socket connect.
    public var request: Duration = .seconds(15)

    /// The defaults.
    public init() {}
  }

  /// What the schema's `x-hub-claim` members claim.
  public enum Claim: Sendable, Hashable {
    /// An HTTP path, and no other; one that ends in `/*` covers everything below it.
    case httpPath(String)
    /// A Socket.IO namespace.
    case namespace(String)
  }

  /// Looks at the plugin that is there now and gives the spec as that plugin has it. May block.
  public typealias Renewal = @Sendable () throws -> AdapterSpec

  /// The key in hub.yaml; unique among channels and sinks.
  public var id: String
  /// The plugin's name.
  public var plugin: String
  /// Whether it stands under `channels` or `sinks`.
  public var kind: PluginDescription.Kind
  /// The `config` section: references resolved except secrets, defaults filled in.
  public var config: JSONValue
  /// The provider's accounts and the tenant of each.
  public var accounts: [String: String] = [:]
  /// The provider's name in events; empty: the plugin's own word for it.
  public var provider = ""
  /// Paths and namespaces it may open.
  public var claims: Set<Claim> = []
  /// The secret handles that stand in its config: it can resolve these and no others.
  public var secrets: Set<String> = []
  /// Extension ids it is granted; nil: all there are.
  public var allow: Set<String>?
  /// Which hosts it may reach.
  public var egress = EgressRule.everything
  /// The digest its file must have, hexadecimal; nil: any.
  public var sha256: String?
  /// Whether the hub is ready only while it runs.
  public var required = true
  /// What happens when it does not start.
  public var onStartError = OnStartError.fail
  /// The most bytes of a request body on its routes; nil: what the plugin asks for.
  public var maxBody: Int?
  /// How many messages a second each of its accounts may send; nil: what the plugin asks for; 0: any number.
  public var sendRate: Double?
  /// Why it cannot be started as it stands: its plugin could not be used when the configuration was read, so that its config is unchecked.
  public var refusal: String?
  /// Asked before every further try to start it; nil: it is tried as it stands.
  public var renewal: Renewal?
  /// Whether sockets of its namespaces whose connection was lost can be had back.
  public var recoversSockets = false
  /// How long its calls may take.
  public var deadlines = Deadlines()

  /// An adapter with defaults for everything but these.
  public init(id: String, plugin: String, kind: PluginDescription.Kind, config: JSONValue = .object([:])) {
    self.id = id
    self.plugin = plugin
    self.kind = kind
    self.config = config
  }

  /// A ``refusal`` as an error.
  struct Refused: Error, CustomStringConvertible {
    let description: String
  }

  /// Whether a claim covers an HTTP path.
  func claims(path: String) -> Bool {
    claims.contains { claim in
      guard case .httpPath(let claimed) = claim else { return false }
      return path == claimed || (claimed.hasSuffix("/*") && path.hasPrefix(claimed.dropLast()))
    }
  }
}
