public import HubModel
public import OrderedJSON

/// Who a request or connection speaks for, after its credential was verified.
public struct Identity: Sendable, Hashable {
  /// What the identity was proved with.
  public enum Source: Sendable, Hashable {
    /// A signed token of a user.
    case token
    /// The API key of this name in hub.yaml.
    case apiKey(name: String)
  }

  /// The isolation boundary; never empty.
  public let tenant: String
  /// The user; empty for an API key.
  public let user: String
  /// What the caller may do.
  public let roles: Set<Role>
  /// The token's verified claims; `{}` for an API key.
  public let claims: JSONValue
  /// The accounts the caller is narrowed to; nil is all of the tenant's.
  public let accounts: Set<String>?
  /// The conversations the caller is narrowed to; nil is all of the tenant's.
  public let conversations: Set<String>?
  /// When the token ends, in Unix milliseconds; nil for an API key.
  public let expiresAt: Int64?
  /// What the identity was proved with.
  public let source: Source

  /// An identity; only a verifier, and a test, should make one.
  public init(
    tenant: String, user: String, roles: Set<Role>, claims: JSONValue = .object([:]), accounts: Set<String>? = nil,
    conversations: Set<String>? = nil, expiresAt: Int64? = nil, source: Source = .token
  ) {
    self.tenant = tenant
    self.user = user
    self.roles = roles
    self.claims = claims
    self.accounts = accounts
    self.conversations = conversations
    self.expiresAt = expiresAt
    self.source = source
  }

  /// Whether a conversation is within the caller's narrowing.
  public func mayUse(conversation: String) -> Bool { conversations?.contains(conversation) ?? true }

  /// Whether an account is within the caller's narrowing.
  public func mayUse(account: String) -> Bool { accounts?.contains(account) ?? true }
}
