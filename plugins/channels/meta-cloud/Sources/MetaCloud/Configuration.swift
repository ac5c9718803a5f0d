import HubPluginSDK
import OrderedJSON

/// The adapter's `config`, read.
struct Configuration: Hashable {
  /// How many tokens and secrets are tried for one request.
  static let maxSecrets = 8

  let path: String
  /// Handles of the secret service, or values written in the file.
  let verifyTokens: [String]
  let appSecrets: [String]
  let checksSignature: Bool
  let directory: AccountDirectory

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
    directory = AccountDirectory(
      Dictionary(
        (config.object("accounts") ?? [:]).map { ($0.key, Self.number($0.value.object ?? [:])) }, uniquingKeysWith: { $1 }))
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
