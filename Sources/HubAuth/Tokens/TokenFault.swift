/// Exactly why a token is refused: for debug logs and `hub token check`. A caller is told `failure` only.
public enum TokenFault: Error, Sendable, Hashable {
  /// More bytes than `JWTOptions.maximumBytes`.
  case tooLarge
  /// Not three base64url parts of which two are JSON objects, or with a critical extension.
  case malformed
  /// The named algorithm is not on the list.
  case algorithm
  /// No key has the token's key id.
  case unknownKey
  /// The signature is of other content or by another key.
  case signature
  /// No `exp`.
  case noExpiry
  /// `exp` is past.
  case expired
  /// `nbf` is ahead.
  case notYetValid
  /// `iss` is another.
  case issuer
  /// `aud` is another.
  case audience
  /// No claim names a user.
  case noUser
  /// No claim names a tenant, and the configuration wants one.
  case noTenant
  /// The tenant named is another user's tenant of one.
  case foreignTenant
  /// The claim that narrows accounts or conversations is not a list of strings.
  case narrowing

  /// What the caller is told.
  public var failure: AuthFailure { self == .expired ? .expired : .invalid }

  /// One sentence for the operator, without key or claim values.
  public var explanation: String {
    switch self {
    case .tooLarge: "the token is larger than \(JWTOptions.maximumBytes) bytes"
    case .malformed: "this is not a signed JWT (three base64url parts, JSON header and claims, no critical extension)"
    case .algorithm: "the token's alg is not in auth.jwt.algorithms"
    case .unknownKey: "no configured key answers to the token's kid"
    case .signature: "the signature was not made with the configured key over this content"
    case .noExpiry: "the token has no exp; the hub takes only tokens that end"
    case .expired: "the token has ended (exp)"
    case .notYetValid: "the token is not valid yet (nbf)"
    case .issuer: "iss is not auth.jwt.issuer"
    case .audience: "aud does not hold auth.jwt.audience"
    case .noUser: "no claim of auth.jwt.claims.user is there"
    case .noTenant: "no claim of auth.jwt.claims.tenant is there, and auth.jwt.missing_tenant is refuse"
    case .foreignTenant: "the tenant is named user:…, as another user's tenant of one would be (auth.jwt.missing_tenant)"
    case .narrowing: "the accounts or conversations claim is not a list of strings"
    }
  }
}
