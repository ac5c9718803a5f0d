/// What a caller presents.
public enum Credential: Sendable, Hashable {
  /// From `Authorization: Bearer`, the query or a socket's `auth.token`: a token, or an API key.
  case bearer(String)
  /// From `X-API-Key`.
  case apiKey(String)
}

/// Turns a credential into an identity: one place for HTTP requests and sockets.
public struct Authenticator: Sendable {
  private let tokens: JWTVerifier?
  private let keys: APIKeyTable

  /// An authenticator; without `tokens` every token is refused.
  public init(tokens: JWTVerifier?, keys: APIKeyTable) {
    self.tokens = tokens
    self.keys = keys
  }

  /// Whom a credential speaks for.
  ///
  /// - Parameter now: Unix milliseconds.
  public func authenticate(_ credential: Credential?, now: Int64) throws(AuthFailure) -> Identity {
    switch credential {
    case nil: throw .missing
    case .apiKey(let key):
      guard let identity = keys.identity(for: key) else { throw .invalid }
      return identity
    case .bearer(let text):
      guard !text.isEmpty else { throw .missing }
      if let identity = keys.identity(for: text) { return identity }
      guard let tokens else { throw .invalid }
      do { return try tokens.verify(text, now: now) } catch { throw error.failure }
    }
  }
}
