import HubPluginSDK
import OrderedJSON

/// The adapter's `config`, read.
struct Configuration: Hashable {
  /// How many tokens and secrets are tried for one request.
  static let maxSecrets = 8
  private static let graph = "https://graph.facebook.com/v23.0"

  let path: String
  /// Handles of the secret service, or values written in the file.
  let verifyTokens: [String]
  let appSecrets: [String]
  let checksSignature: Bool
  let directory: AccountDirectory
  /// The `phone_number_id`s, in order.
  let accounts: [String]
  /// Of the Graph API, with its version.
  let graphURL: String
  /// A handle of the secret service, or the value written in the file; nil: nothing can be sent.
  let accessToken: String?
  let mediaHosts: MediaHosts

  init(_ config: JSONValue) throws(HubError) {
    guard case .object(let config) = config else { throw HubError(.invalid, "config is not an object") }
    guard let path = config.identifier("path"), path.hasPrefix("/") else {
      throw HubError(.invalid, "config.path is missing or does not begin with /")
    }
    self.path = path
    verifyTokens = try Self.list(config, "verify_token")
    appSecrets = try Self.list(config, "app_secret")
    // YAML reads a bare `off` as false.
    checksSignature = config.text("signature") != "off" && config["signature"] != .bool(false)
    guard verifyTokens.isEmpty == false else { throw HubError(.invalid, "config.verify_token is missing") }
    guard checksSignature == false || appSecrets.isEmpty == false else {
      throw HubError(.invalid, "config.app_secret is missing: without it no delivery can be told from a forged one")
    }
    let numbers = (config.object("accounts") ?? [:]).map { ($0.key, Self.number($0.value.object ?? [:])) }
    directory = AccountDirectory(Dictionary(numbers, uniquingKeysWith: { $1 }))
    accounts = Set(numbers.map(\.0)).sorted()
    graphURL = config.identifier("graph_url") ?? Self.graph
    guard graphURL.hasPrefix("https://") || graphURL.hasPrefix("http://") else {
      throw HubError(.invalid, "config.graph_url is no http address")
    }
    accessToken = config.identifier("access_token")
    let hosts = config["media_hosts"]?.array?.compactMap(\.string)
    mediaHosts = MediaHosts(graphURL: graphURL, patterns: hosts ?? MediaHosts.metas)
  }

  private static func list(_ config: JSONObject, _ key: String) throws(HubError) -> [String] {
    let values: [String]
    switch config[key] {
    case nil, .null?: return []
    case .array(let elements)?: values = elements.compactMap(\.string)
    case let value?: values = value.string.map { [$0] } ?? []
    }
    guard values.isEmpty == false, values.allSatisfy({ $0.isEmpty == false }), values.count <= maxSecrets else {
      throw HubError(.invalid, "config.\(key) is neither a string nor a list of 1 to \(maxSecrets) strings")
    }
    return values
  }

  private static func number(_ settings: JSONObject) -> AccountDirectory.Number {
    AccountDirectory.Number(
      waba: settings.identifier("waba"), phone: settings.identifier("phone").flatMap(Person.digits), tenant: settings.identifier("tenant"))
  }
}
