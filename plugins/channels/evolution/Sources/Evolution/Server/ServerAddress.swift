import HubPluginSDK
import OrderedJSON

/// Where the Evolution server is, and with what key it is spoken to.
struct ServerAddress: Hashable {
  /// Scheme, host and port.
  let origin: String
  /// What stands before the server's own paths, without a final `/`; mostly nothing.
  let prefix: String
  /// A PEM file with the certificate of a private authority.
  let authority: String?
  /// The handle of the global key, or of any instance's token.
  let key: String?
  /// Handles of the instances' own tokens.
  let tokens: [String: String]
  /// Whether the socket's key goes into the URL, for proxies that pass no unknown header on.
  let isKeyInQuery: Bool

  /// Nil when the configuration names none.
  init?(_ config: JSONObject) throws(HubError) {
    guard let url = config.identifier("url") else { return nil }
    guard let mark = url.firstRange(of: "://"), ["http", "https"].contains(url[..<mark.lowerBound].lowercased()) else {
      throw HubError(.invalid, "config.url: \(url) is not an address of http or https")
    }
    let rest = url[mark.upperBound...]
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    var path = rest[slash...]
    while path.hasSuffix("/") { path.removeLast() }
    guard slash > rest.startIndex, rest.contains(where: { "@?#".contains($0) }) == false else {
      throw HubError(.invalid, "config.url: \(url) has no host, or a user, a query or a fragment")
    }
    origin = String(url[..<slash])
    prefix = String(path)
    authority = config.identifier("ca_file")
    key = config.identifier("api_key")
    isKeyInQuery = config.identifier("api_key_in") == "query"
    var tokens: [String: String] = [:]
    for account in config.object("accounts") ?? [:] { tokens[account.key] = account.value.object?.identifier("api_key") }
    self.tokens = tokens
  }

  /// The handle to call for an instance with: its own token goes no further than itself.
  func key(of instance: String) -> String? { tokens[instance] ?? key }
}
