import HubPluginSDK
import OrderedJSON

/// The adapter's `config`, read.
struct Configuration: Hashable {
  /// How many secrets are tried for one request.
  static let maxSecrets = 8

  /// Without a final `/`.
  let path: String
  /// Handles of the secret service.
  let secrets: [String]
  let credentials: Credentials.Places
  let checksCredentials: Bool
  let instances: Set<String>

  init(_ config: JSONValue) throws(HubError) {
    guard case .object(let config) = config else { throw HubError(.invalid, "config is not an object") }
    switch config.identifier("mode") {
    case "webhook"?: break
    case let mode? where ["instance", "global"].contains(mode):
      throw HubError(.unsupported, "config.mode: \(mode) comes with hub.upstream-socket/1; this version takes webhook")
    default: throw HubError(.invalid, "config.mode is none of webhook, instance, global")
    }
    var path = config.identifier("webhook_path") ?? "/api/whatsapp/webhook"
    while path.hasSuffix("/") { path.removeLast() }
    guard path.hasPrefix("/") else { throw HubError(.invalid, "config.webhook_path does not begin with /, or would take every request") }
    self.path = path
    secrets = try Self.list(config["webhook_secret"])
    credentials = Credentials.Places(
      header: config.identifier("webhook_header") ?? "X-Webhook-Secret", parameter: config.identifier("webhook_query"))
    // YAML reads a bare `off` as false.
    checksCredentials = config["signature"] != "off" && config["signature"] != false
    guard checksCredentials == false || secrets.isEmpty == false else {
      throw HubError(.invalid, "config.webhook_secret is missing: without it no delivery can be told from a forged one")
    }
    instances = Set((config.object("accounts") ?? [:]).keys)
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
