internal import CHubPlugin
internal import OrderedJSON
internal import UpstreamSocket

/// What a plugin asked for, checked.
struct UpstreamPlan: Sendable {
  static let maximumNamespaces = 1024
  static let maximumMessage: UInt64 = 1 << 30

  var options: UpstreamOptions
  /// What stands for all accounts.
  static let everyAccount = "*"
  /// Whose states follow which namespace.
  var accounts: [String: Set<String>] = [:]

  /// Nil when it makes no sense. `resolve` gives the value behind a secret handle, and anything else as it is; it is asked before every
  /// attempt.
  init?(_ raw: hub_upstream_options_1, accounts known: Set<String>, resolve: @escaping @Sendable (String) -> String) {
    guard Self.isSane(raw), let url = UpstreamURL(raw.url.text) else { return nil }
    options = UpstreamOptions(url: url)
    if raw.path.len > 0 { options.path = raw.path.text }
    guard options.path.hasPrefix("/"), !options.path.contains("?") else { return nil }
    let query = Self.pairs(raw.query, raw.n_query)
    let headers = Self.pairs(raw.headers, raw.n_headers)
    options.credentials = {
      UpstreamOptions.Credentials(query: query.map { ($0, resolve($1)) }, headers: headers.map { ($0, resolve($1)) })
    }
    options.namespaces = []
    for namespace in UnsafeBufferPointer(start: raw.namespaces, count: Int(raw.n_namespaces)) {
      let name = namespace.name.text
      guard name.hasPrefix("/"), !name.contains(","), !options.namespaces.contains(where: { $0.name == name }) else { return nil }
      let auth = namespace.auth_json.len > 0 ? try? JSONValue(parsing: namespace.auth_json.bytes, maxDepth: 32) : nil
      guard namespace.auth_json.len == 0 || auth?.object != nil else { return nil }
      options.namespaces.append(UpstreamNamespace(name) { auth?.resolved(resolve).serialized() })
      guard namespace.account.len > 0 else { continue }
      let account = namespace.account.text
      guard known.contains(account) || account == Self.everyAccount else { return nil }
      accounts[name] = known.contains(account) ? [account] : known
    }
    if raw.ca_file.len > 0 { options.trustRoots = .file(raw.ca_file.text) }
    if raw.max_message > 0 { options.maxMessage = Int(min(raw.max_message, Self.maximumMessage)) }
    if raw.ack_timeout_ms > 0 { options.ackTimeout = Int64(raw.ack_timeout_ms) }
    if raw.join_first_ms > 0 { options.joinSchedule.first = Int64(raw.join_first_ms) }
    if raw.join_most_ms > 0 { options.joinSchedule.most = Int64(raw.join_most_ms) }
  }

  private static func isSane(_ raw: hub_upstream_options_1) -> Bool {
    raw.url.len <= 2048 && raw.path.len <= 2048 && raw.ca_file.len <= 4096 && raw.n_query <= 64 && raw.n_headers <= 64
      && (1...UInt32(maximumNamespaces)).contains(raw.n_namespaces) && raw.namespaces != nil && (raw.query != nil || raw.n_query == 0)
      && (raw.headers != nil || raw.n_headers == 0)
  }

  private static func pairs(_ pairs: UnsafePointer<hub_pair>?, _ count: UInt32) -> [(String, String)] {
    UnsafeBufferPointer(start: pairs, count: Int(count)).map { ($0.name.text, $0.value.text) }
  }
}

extension JSONValue {
  /// The same with every string put through `resolve`.
  fileprivate func resolved(_ resolve: (String) -> String) -> JSONValue {
    switch self {
    case .string(let text): .string(resolve(text))
    case .array(let elements): .array(elements.map { $0.resolved(resolve) })
    case .object(let object): .object(JSONObject(object.map { ($0.key, $0.value.resolved(resolve)) }))
    default: self
    }
  }
}
