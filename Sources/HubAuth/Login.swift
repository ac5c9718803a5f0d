/// Verifies those who come in, and has each verdict counted.
public struct Login: Sendable {
  private let rules: CredentialRules
  private let count: @Sendable (String) -> Void
  private let verify: @Sendable (Credential?) throws(AuthFailure) -> Identity

  /// - Parameters:
  ///   - rules: where in a request the credential is looked for.
  ///   - count: is told of every verdict: `accepted`, or why not.
  ///   - verify: whom a credential speaks for.
  public init(
    rules: CredentialRules = CredentialRules(), count: @escaping @Sendable (_ verdict: String) -> Void,
    verify: @escaping @Sendable (Credential?) throws(AuthFailure) -> Identity
  ) {
    (self.rules, self.count, self.verify) = (rules, count, verify)
  }

  /// Whom a request speaks for.
  ///
  /// - Parameters:
  ///   - headers: as received, names in any case.
  ///   - query: the raw query without `?`.
  public func identity(headers: [(String, String)], query: String) throws(AuthFailure) -> Identity {
    try identity { rules throws(AuthFailure) in try rules.credential(headers: headers, query: query) }
  }

  /// Whom a request speaks for that need not have a credential; nil: it has none, and is not judged.
  public func identityIfAny(headers: [(String, String)], query: String) throws(AuthFailure) -> Identity? {
    let credential: Credential?
    do throws(AuthFailure) { credential = try rules.credential(headers: headers, query: query) } catch {
      count(error.rawValue)
      throw error
    }
    guard let credential else { return nil }
    return try identity { _ in credential }
  }

  /// Whom a credential speaks for that is found elsewhere.
  public func identity(
    finding credential: (CredentialRules) throws(AuthFailure) -> Credential?
  ) throws(AuthFailure) -> Identity {
    do throws(AuthFailure) {
      let identity = try verify(try credential(rules))
      count("accepted")
      return identity
    } catch {
      count(error.rawValue)
      throw error
    }
  }
}
