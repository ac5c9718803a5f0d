internal import HubModel
public import OrderedJSON

/// What `hub token check` says of a token: what is in it, and whether and why not the hub would take it.
public struct TokenReport: Sendable, Hashable {
  /// The header as sent; nil when the token can't be taken apart. Nothing in it is verified unless `fault` is nil.
  public let header: JSONValue?
  /// The claims as sent; nil when the token can't be taken apart.
  public let claims: JSONValue?
  /// Whom it speaks for; nil when it is refused.
  public let identity: Identity?
  /// Why it is refused; nil when it is good.
  public let fault: TokenFault?

  /// Examines a token.
  ///
  /// - Parameter now: Unix milliseconds.
  public init(_ token: String, verifier: JWTVerifier, now: Int64) {
    let parts = try? SignedToken(token)
    header = parts.map { .object($0.header) }
    claims = parts.map { .object($0.claims) }
    do throws(TokenFault) {
      identity = try verifier.verify(token, now: now)
      fault = nil
    } catch {
      identity = nil
      fault = error
    }
  }

  /// The report for people, a line per fact.
  public var lines: [String] {
    var lines: [String] = []
    if let header { lines.append("header    \(header)") }
    if let claims { lines.append("claims    \(claims)") }
    if let exp = claims?["exp"]?.double, exp.magnitude < 1e12 {
      lines.append("ends      \(Timestamp(milliseconds: Int64(exp * 1000)).iso8601)")
    }
    if let identity {
      lines.append("tenant    \(identity.tenant)")
      lines.append("user      \(identity.user)")
      lines.append("roles     \(Role.text(identity.roles))")
    }
    lines.append(fault.map { "refused   \($0.explanation)" } ?? "accepted")
    return lines
  }

  /// The report for programs.
  public var json: JSONValue {
    [
      "accepted": .bool(fault == nil), "code": fault.map { .string($0.failure.problem.rawValue) } ?? .null,
      "reason": fault.map { .string($0.explanation) } ?? .null, "tenant": identity.map { .string($0.tenant) } ?? .null,
      "user": identity.map { .string($0.user) } ?? .null, "header": header ?? .null, "claims": claims ?? .null,
    ]
  }
}
