/// Why a caller is refused, as the caller is told. Texts carry no detail of keys or claims.
public enum AuthFailure: String, Error, Sendable, Hashable, CaseIterable {
  /// No credential was given.
  case missing
  /// The credential is malformed, forged, not yet valid, of another issuer or unknown.
  case invalid
  /// The token was good and has ended.
  case expired

  /// The stable code of `docs/codes.md`: in `data.code` of a CONNECT_ERROR and `code` of a problem.
  public var code: String { "auth_\(rawValue)" }

  /// One sentence for people.
  public var message: String {
    switch self {
    case .missing: "authentication required"
    case .invalid: "authentication failed"
    case .expired: "token expired"
    }
  }
}

/// What is wrong with the configured keys or rules; found by `hub check` and at start, never while serving.
public enum AuthConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A signing secret is shorter than its algorithm's digest.
  case shortSecret(minimum: Int)
  /// Two token keys share a key id.
  case duplicateKeyID(String)
  /// An API key is shorter than `APIKey.minimumLength`.
  case shortKey(name: String)
  /// An API key is longer than `APIKey.maximumLength`.
  case longKey(name: String)
  /// Two API keys have the same value.
  case sameKey(names: [String])
  /// An origin is not `scheme://host[:port]`.
  case badOrigin(String)
  /// `*` was combined with credentials.
  case wildcardWithCredentials
  /// The cryptographic library refused the key.
  case unusableKey

  /// One sentence, without any key.
  public var description: String {
    switch self {
    case .shortSecret(let minimum): "the token secret must have at least \(minimum) bytes"
    case .duplicateKeyID(let id): "two token keys have the id \(id)"
    case .shortKey(let name): "API key \(name) must have at least \(APIKey.minimumLength) bytes"
    case .longKey(let name): "API key \(name) must have at most \(APIKey.maximumLength) bytes"
    case .sameKey(let names): "API keys \(names.joined(separator: " and ")) have the same value"
    case .badOrigin(let origin): "\(origin) is not an origin: write scheme://host or scheme://host:port"
    case .wildcardWithCredentials: "origin * can't be combined with credentials: list the origins"
    case .unusableKey: "the token key can't be used"
    }
  }
}
