/// Which tenant a token belongs to that names none (`auth.jwt.missing_tenant`).
public enum MissingTenant: String, Sendable, Hashable, CaseIterable {
  /// A tenant of one: `ownPrefix` and the user's name. No token gets there by naming it as its tenant but that user's own.
  case own
  /// The tenant with the user's name: for issuers whose users and tenants can't have the same name.
  case user
  /// None: the token is refused.
  case refuse

  /// What the name of a tenant of one begins with.
  public static let ownPrefix = "user:"
}
