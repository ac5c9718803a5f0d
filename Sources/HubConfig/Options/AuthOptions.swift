public import HubModel

/// Who may connect.
public struct AuthOptions: Sendable {
  /// How tokens are verified; nil refuses every token.
  public var jwt: JWTOptions?
  /// API keys by name.
  public var apiKeys = ConfigMap<APIKeyOptions>()
  /// An HTTP service that is asked about every connection.
  public var authorizer: AuthorizerOptions?

  /// The defaults.
  public init() {}
}

extension AuthOptions: ConfigSection {
  static var keys: [Key<Self>] {
    [
      Key(
        "jwt", \.jwt, .section,
        "How the tokens of users are verified. Clocks may differ by 30 s: exp counts that much later, nbf that much earlier."),
      Key("api_keys", \.apiKeys, .map(of: .section), "Keys of programs, by name."),
      Key("authorizer", \.authorizer, .section, "An HTTP service that is asked whether a user may connect.", support: .refused),
    ]
  }
}

/// Signature algorithms of tokens. There is no `none`.
public enum JWTAlgorithm: String, Sendable, Hashable, CaseIterable {
  /// HMAC with a shared secret.
  case hs256 = "HS256"
  /// HMAC with a shared secret.
  case hs384 = "HS384"
  /// HMAC with a shared secret.
  case hs512 = "HS512"
  /// RSA with a published key.
  case rs256 = "RS256"
  /// ECDSA on P-256 with a published key.
  case es256 = "ES256"
  /// Ed25519 with a published key.
  case edDSA = "EdDSA"

  /// Whether signer and verifier share one secret.
  public var isSymmetric: Bool { [.hs256, .hs384, .hs512].contains(self) }
}

/// How tokens are verified.
public struct JWTOptions: Sendable {
  /// Algorithms that are accepted.
  public var algorithms: [JWTAlgorithm] = [.hs256]
  /// The shared secret, at least 32 bytes.
  public var secret: SecretReference?
  /// Where published keys are fetched.
  public var jwks: String?
  /// The `iss` that tokens must have.
  public var issuer: String?
  /// One of these must be among a token's `aud`; empty accepts any.
  public var audience: [String] = []
  /// The names of claims.
  public var claims = ClaimNames()
  /// Whose a token is that names no tenant.
  public var missingTenant = MissingTenant.own

  /// The defaults.
  public init() {}
}

extension JWTOptions: ConfigSection {
  static var keys: [Key<Self>] {
    [
      Key(
        "algorithms", \.algorithms, .list(of: .word(why: ["none": "an unsigned token proves nothing"]), minimum: 1),
        "Signature algorithms that are accepted.", support: .only("HS256")),
      Key("secret", \.secret, .secret, "Shared secret of the HS algorithms, at least 32 bytes."),
      Key("jwks", \.jwks, .url("https", "http"), "URL of the published keys of the other algorithms.", support: .refused),
      Key("issuer", \.issuer, .string, "The iss that a token must have."),
      Key("audience", \.audience, .list(of: .string, orOne: true), "One of these must be in a token's aud."),
      Key("claims", \.claims, .section, "Names of the claims, tried in order."),
      Key(
        "missing_tenant", \.missingTenant, .word(),
        "Whose a token is that names no tenant. own: a tenant of one, named user: and the user, which nobody else can name; user: the tenant with the user's name, where users and tenants never share one; refuse: nobody's, it is refused."
      ),
    ]
  }
}

/// Which claims of a token mean what; the names are tried in order.
public struct ClaimNames: Sendable, Hashable {
  /// The tenant.
  public var tenant = ["tenantId", "tenant_id", "tenant", "workspaceId", "workspace_id", "organizationId", "organization_id"]
  /// The user.
  public var user = ["userId", "user_id", "sub", "id"]
  /// The conversations that the user is limited to.
  public var conversations = ["conversations"]
  /// The accounts that the user is limited to.
  public var accounts = ["accounts"]

  /// The defaults.
  public init() {}
}

extension ClaimNames: ConfigSection {
  static var keys: [Key<Self>] {
    func names(_ name: String, _ path: WritableKeyPath<Self, [String]>, _ meaning: String) -> Key<Self> {
      Key(name, path, .list(of: .string, orOne: true, minimum: 1), meaning)
    }
    return [
      names("tenant", \.tenant, "Claims that name the tenant; missing_tenant says what becomes of a token with none."),
      names("user", \.user, "Claims that name the user."),
      names("conversations", \.conversations, "Claims that limit the user to conversations."),
      names("accounts", \.accounts, "Claims that limit the user to accounts."),
    ]
  }
}

/// One API key.
public struct APIKeyOptions: Sendable {
  /// The key itself.
  public var key = SecretReference.unset
  /// The tenant it acts for; nil for keys that act for none, such as one for statistics.
  public var tenant: String?
  /// What it may do.
  public var roles: [Role] = []

  /// Nothing.
  public init() {}
}

extension APIKeyOptions: ConfigSection {
  static var keys: [Key<Self>] {
    [
      Key("key", \.key, .secret, "The key itself.", required: true),
      Key("tenant", \.tenant, .tenant, "The tenant it acts for."),
      Key("roles", \.roles, .list(of: .word(), minimum: 1), "What it may do.", required: true),
    ]
  }
}

/// An HTTP service that decides about connections.
public struct AuthorizerOptions: Sendable {
  /// Where it is asked.
  public var url = ""
  /// How long it may take.
  public var timeout = Duration.seconds(3)
  /// How long an answer holds.
  public var cache = Duration.seconds(60)

  /// The defaults.
  public init() {}
}

extension AuthorizerOptions: ConfigSection {
  static var keys: [Key<Self>] {
    [
      Key("url", \.url, .url("https", "http"), "Where it is asked.", required: true),
      Key("timeout", \.timeout, .duration(.milliseconds(10) ... .seconds(60)), "How long it may take."),
      Key("cache", \.cache, .duration(.zero ... .seconds(86_400)), "How long an answer holds."),
    ]
  }
}
