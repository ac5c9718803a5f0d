public import HubModel

/// What a token must be like, and which claims carry whom it is for.
public struct JWTOptions: Sendable, Hashable {
  /// The largest token looked at, in bytes: half of what a request's headers may take.
  public static let maximumBytes = 8192

  /// The algorithms a token may name; everything else is refused before any key is touched.
  public var algorithms: Set<TokenAlgorithm>
  /// The `iss` a token must have; nil accepts any.
  public var issuer: String?
  /// One of these a token's `aud` must be or hold; empty accepts any.
  public var audience: Set<String>
  /// How far clocks may be apart, in milliseconds.
  public var leeway: Int64
  /// The claims that carry tenant, user and narrowing.
  public var claims: ClaimNames
  /// Whose a token is that names no tenant.
  public var missingTenant: MissingTenant
  /// The roles of a user with a good token.
  public var roles: Set<Role>

  /// Options; the defaults are dialects.md section 8.5's.
  public init(
    algorithms: Set<TokenAlgorithm> = [.hs256], issuer: String? = nil, audience: Set<String> = [], leeway: Int64 = 30_000,
    claims: ClaimNames = ClaimNames(), missingTenant: MissingTenant = .own, roles: Set<Role> = [.read, .send]
  ) {
    self.algorithms = algorithms
    self.issuer = issuer
    self.audience = audience
    self.leeway = leeway
    self.claims = claims
    self.missingTenant = missingTenant
    self.roles = roles
  }
}

/// The signature algorithms the hub verifies (RFC 7518 section 3.1). `none` is not one and can't become one.
public enum TokenAlgorithm: String, Sendable, Hashable, CaseIterable {
  /// HMAC with SHA-256 and a shared secret.
  case hs256 = "HS256"

  /// The shortest secret accepted, in bytes: the digest's length (RFC 7518 section 3.2).
  public var minimumSecret: Int { 32 }
}

/// Claim names in the order in which they are tried.
public struct ClaimNames: Sendable, Hashable {
  /// Claims that name the tenant.
  public var tenant: [String]
  /// Claims that name the user.
  public var user: [String]
  /// Claims that narrow the accounts.
  public var accounts: [String]
  /// Claims that narrow the conversations.
  public var conversations: [String]

  /// Names; the defaults are dialects.md section 8.5's.
  public init(
    tenant: [String] = ["tenantId", "tenant_id", "tenant", "workspaceId", "workspace_id", "organizationId", "organization_id"],
    user: [String] = ["userId", "user_id", "sub", "id"], accounts: [String] = ["accounts"], conversations: [String] = ["conversations"]
  ) {
    self.tenant = tenant
    self.user = user
    self.accounts = accounts
    self.conversations = conversations
  }
}
