import HubModel
import HubPluginSDK
import OrderedJSON

/// The adapter's `config`, read.
struct Configuration: Sendable {
  /// One workspace.
  struct Account: Sendable {
    /// Its id.
    let workspace: String
    /// A handle of the secret service.
    let token: String
    let conversations: [String]
    let ownSenders: Set<String>
    /// Nil: whoever the token is made out to.
    let user: String?
  }

  /// Without a final `/`.
  let url: String
  /// With one: the request is `/api/ws/?EIO=4…`.
  let path: String
  let authority: String?
  let policy: PolicyName
  let limit: Int
  let accounts: [Account]
  /// Nil: this channel does not send.
  let template: SendTemplate?

  /// The words of `subscribe`.
  enum PolicyName: String {
    case onDemand, all, list
  }

  init(_ config: JSONValue) throws(HubError) {
    guard case .object(let config) = config else { throw HubError(.invalid, "config is not an object") }
    guard var url = config.text("url"), ["http://", "https://"].contains(where: { url.lowercased().hasPrefix($0) }) else {
      throw HubError(.invalid, "config.url is no http or https address")
    }
    while url.hasSuffix("/") { url.removeLast() }
    guard let mark = url.firstRange(of: "://"), mark.upperBound < url.endIndex,
      url[mark.upperBound...].contains(where: { "/?#@".contains($0) }) == false
    else { throw HubError(.invalid, "config.url has no host, or more than host and port: the path stands in config.path") }
    self.url = url
    var path = config.text("path") ?? "/api/ws"
    guard path.hasPrefix("/") else { throw HubError(.invalid, "config.path does not begin with /") }
    if path.hasSuffix("/") == false { path += "/" }
    self.path = path
    authority = config.text("ca_file")
    guard let policy = PolicyName(rawValue: config.text("subscribe") ?? "onDemand") else {
      throw HubError(.invalid, "config.subscribe is none of onDemand, all, list")
    }
    self.policy = policy
    limit = Int(config.integer("subscribe_limit") ?? Int64(Subscriptions.limit))
    guard (1...100_000).contains(limit) else { throw HubError(.invalid, "config.subscribe_limit is not 1 to 100000") }
    template = try config["send"]?.nonNull.map { (value) throws(HubError) in try SendTemplate(value) }
    var accounts: [Account] = []
    for account in (config["accounts"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
      accounts.append(try Account(account.key, account.value))
    }
    self.accounts = accounts
  }

  /// Which authority is believed for an address: the private one answers for its own server, not for whatever else the operator sends through.
  func authority(for address: String) -> String? {
    guard let host = OutboundURL(address)?.host, host == OutboundURL(url)?.host else { return nil }
    return authority
  }

  func policy(of account: Account) -> Subscriptions.Policy {
    switch policy {
    case .onDemand: .onDemand
    case .all: .all
    case .list: .list(account.conversations)
    }
  }
}

extension Configuration.Account {
  fileprivate init(_ workspace: String, _ settings: JSONValue) throws(HubError) {
    func list(_ key: String) -> [String] { (settings[key]?.array ?? []).compactMap(\.string) }
    guard let token = settings.object?.text("token") else {
      throw HubError(.invalid, "accounts.\(workspace).token is missing: the server lets nobody in without one")
    }
    self.workspace = workspace
    self.token = token
    conversations = list("conversations")
    ownSenders = Set(list("own_senders"))
    user = settings.object?.text("user")
  }
}
