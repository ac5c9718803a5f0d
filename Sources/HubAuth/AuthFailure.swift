public import HubModel

/// Why a caller is refused, as the caller is told. Texts carry no detail of keys or claims.
public enum AuthFailure: String, Error, Sendable, Hashable, CaseIterable {
  /// No credential was given.
  case missing
  /// The credential is malformed, forged, not yet valid, of another issuer or unknown.
  case invalid
  /// The token was good and has ended.
  case expired

  /// The code and words of it, in a CONNECT_ERROR as in the body of an answer.
  public var problem: ProblemCode {
    switch self {
    case .missing: .authMissing
    case .invalid: .authInvalid
    case .expired: .authExpired
    }
  }
}

/// What is wrong with the configured keys; found by `hub check` and at start, never while serving.
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
    case .unusableKey: "the token key can't be used"
    }
  }
}
