import HubPluginSDK
import OrderedJSON

/// The adapter's `config`, read.
struct Configuration: Hashable {
  /// How events come.
  enum Mode: String {
    case webhook
    /// By socket, a namespace for each instance.
    case instance
    /// By socket, those of all instances in one namespace.
    case global
  }

  /// How many secrets are tried for one request.
  static let maxSecrets = 8

  let mode: Mode
  /// Without a final `/`.
  let path: String
  /// Handles of the secret service.
  let secrets: [String]
  let credentials: Credentials.Places
  let checksCredentials: Bool
  let instances: Set<String>
  /// Nil when none is named: then nothing is asked of it and nothing sent.
  let server: ServerAddress?
  /// Bytes of one event of the socket.
  let maxEvent: UInt64
  /// After how long an instance that says nothing is asked; 0: never.
  let silenceMs: Int64
  /// How long ago what was missed may be to be caught up with; 0: not at all.
  let catchUpMs: Int64
  /// How many messages of an instance are sent in a second; 0: any number.
  let pace: Double
  /// Whether a message may ask for a preview of its link, which the server then fetches.
  let previewsLinks: Bool

  /// Whether the webhook is there, alone or beside the socket.
  var takesWebhooks: Bool { mode == .webhook || secrets.isEmpty == false || checksCredentials == false }

  init(_ config: JSONValue) throws(HubError) {
    guard case .object(let config) = config else { throw HubError(.invalid, "config is not an object") }
    guard let mode = config.identifier("mode").flatMap(Mode.init) else {
      throw HubError(.invalid, "config.mode is none of webhook, instance, global")
    }
    self.mode = mode
    var path = config.identifier("webhook_path") ?? "/api/whatsapp/webhook"
    while path.hasSuffix("/") { path.removeLast() }
    guard path.hasPrefix("/") else { throw HubError(.invalid, "config.webhook_path does not begin with /, or would take every request") }
    self.path = path
    secrets = try Self.list(config["webhook_secret"])
    credentials = Credentials.Places(
      header: config.identifier("webhook_header") ?? "X-Webhook-Secret", parameter: config.identifier("webhook_query"))
    // YAML reads a bare `off` as false.
    checksCredentials = config["signature"] != "off" && config["signature"] != false
    guard mode != .webhook || checksCredentials == false || secrets.isEmpty == false else {
      throw HubError(.invalid, "config.webhook_secret is missing: without it no delivery can be told from a forged one")
    }
    server = try ServerAddress(config)
    guard mode == .webhook || server != nil else { throw HubError(.invalid, "config.url is missing: mode \(mode) connects to it") }
    maxEvent = try Self.quantity(config, "max_event", Quantity.bytes) ?? 64 << 20
    silenceMs = try Self.quantity(config, "silence", Quantity.milliseconds) ?? 600_000
    catchUpMs = try Self.quantity(config, "catch_up", Quantity.milliseconds) ?? 604_800_000
    pace = config["pace"]?.double ?? 1
    previewsLinks = config["link_previews"] != "off" && config["link_previews"] != false
    instances = Set((config.object("accounts") ?? [:]).keys)
    guard mode != .instance || instances.allSatisfy({ $0.contains(",") == false }) else {
      throw HubError(.invalid, "an instance with a comma in its name has no namespace: use mode global")
    }
  }

  static func quantity<Value>(_ config: JSONObject, _ key: String, _ read: (String) -> Value?) throws(HubError) -> Value? {
    guard let text = config.identifier(key) else { return nil }
    guard let value = read(text) else { throw HubError(.invalid, "config.\(key): \(text) can't be read") }
    return value
  }

  private static func list(_ value: JSONValue?) throws(HubError) -> [String] {
    let values: [String]
    switch value {
    case nil, .null?: return []
    case .array(let elements)?: values = elements.compactMap(\.string)
    case let value?: values = value.string.map { [$0] } ?? []
    }
    guard values.isEmpty == false, values.allSatisfy({ $0.isEmpty == false }), values.count <= maxSecrets else {
      throw HubError(.invalid, "config.webhook_secret is neither a string nor a list of 1 to \(maxSecrets) strings")
    }
    return values
  }

  /// Whether a path is the webhook's, with at most one more segment: the event's name, which nobody needs.
  func covers(path: some StringProtocol) -> Bool {
    guard path.hasPrefix(self.path) else { return false }
    let rest = path.dropFirst(self.path.count)
    return rest.isEmpty || (rest.hasPrefix("/") && rest.dropFirst().contains("/") == false)
  }
}
