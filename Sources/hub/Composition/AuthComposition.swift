import HubAuth
import HubConfig

/// From `auth:` of the configuration to what verifies credentials.
enum AuthComposition {
  static func tokenKey(_ configuration: HubConfiguration, secrets: SecretResolver) async throws -> TokenKey {
    let secret = try secrets.require(configuration.auth.jwt?.secret, for: "auth.jwt.secret")
    return try await TokenKey.hmac(secret: secret)
  }

  /// Nil when no token is ever accepted.
  static func verifier(_ configuration: HubConfiguration, secrets: SecretResolver) async throws -> JWTVerifier? {
    guard let jwt = configuration.auth.jwt else { return nil }
    let options = HubAuth.JWTOptions(
      issuer: jwt.issuer, audience: Set(jwt.audience),
      claims: HubAuth.ClaimNames(
        tenant: jwt.claims.tenant, user: jwt.claims.user, accounts: jwt.claims.accounts, conversations: jwt.claims.conversations),
      missingTenant: jwt.missingTenant)
    return try await JWTVerifier(options: options, keys: [try await tokenKey(configuration, secrets: secrets)])
  }

  static func authenticator(_ configuration: HubConfiguration, secrets: SecretResolver) async throws -> Authenticator {
    let keys = try configuration.auth.apiKeys.map { entry in
      HubAuth.APIKey(
        name: entry.name, value: try secrets.require(entry.value.key, for: "auth.api_keys.\(entry.name)"), tenant: entry.value.tenant ?? "",
        roles: Set(entry.value.roles))
    }
    return Authenticator(tokens: try await verifier(configuration, secrets: secrets), keys: try APIKeyTable(keys))
  }
}
