/// Where in an HTTP request the credential is looked for: `Authorization: Bearer`, then `X-API-Key`, then, if allowed, the query.
public struct CredentialRules: Sendable, Hashable {
  /// Whether `?token=` counts. Off by default: URLs end in logs and histories.
  public var queryToken: Bool

  /// Rules.
  public init(queryToken: Bool = false) { self.queryToken = queryToken }

  /// The request's credential; nil when there is none.
  ///
  /// - Parameters:
  ///   - headers: as received, names in any case.
  ///   - query: the raw query without `?`.
  /// - Throws: `invalid` when a credential header is there twice, since a proxy may have read the other one.
  public func credential(headers: [(String, String)], query: String = "") throws(AuthFailure) -> Credential? {
    if let value = try Self.single("authorization", in: headers), let token = Self.bearer(value) { return .bearer(token) }
    if let key = try Self.single("x-api-key", in: headers), !key.isEmpty { return .apiKey(key) }
    return queryToken ? Self.token(inQuery: query).map(Credential.bearer) : nil
  }

  private static func single(_ name: String, in headers: [(String, String)]) throws(AuthFailure) -> String? {
    let values = headers.filter { $0.0.lowercased() == name }
    guard values.count < 2 else { throw .invalid }
    return values.first?.1
  }

  /// The token of a Bearer header (RFC 6750 section 2.1); nil for another scheme, which is a proxy's business.
  private static func bearer(_ value: String) -> String? {
    let parts = value.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
    guard let scheme = parts.first, scheme.lowercased() == "bearer" else { return nil }
    return parts.count == 2 ? String(parts[1].drop { $0 == " " }) : ""
  }

  /// Tokens and keys need no percent encoding, so the raw value is the token.
  private static func token(inQuery query: String) -> String? {
    for pair in query.split(separator: "&") where pair.hasPrefix("token=") { return String(pair.dropFirst(6)) }
    return nil
  }
}
