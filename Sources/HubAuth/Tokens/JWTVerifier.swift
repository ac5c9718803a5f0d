internal import HubModel
internal import OrderedJSON

/// Verifies tokens, without waiting: jwt-kit's keys are looked up once, here is only their arithmetic.
///
/// The order is fixed: size, form, algorithm against the list, key id against the set, signature, times, issuer, audience,
/// identity. A new set of keys is a new verifier.
public struct JWTVerifier: Sendable {
  private let options: JWTOptions
  private let keys: [TokenKey]
  private let decoy: TokenKey

  /// A verifier for these keys.
  ///
  /// - Throws: `duplicateKeyID`.
  public init(options: JWTOptions = JWTOptions(), keys: [TokenKey]) async throws(AuthConfigurationError) {
    var ids: Set<String> = []
    for case let id? in keys.map(\.id) where !ids.insert(id).inserted { throw .duplicateKeyID(id) }
    self.options = options
    self.keys = keys
    decoy = try await TokenKey.decoy()
  }

  /// Whom a token speaks for.
  ///
  /// - Parameter now: Unix milliseconds.
  public func verify(_ token: String, now: Int64) throws(TokenFault) -> Identity {
    let token = try SignedToken(token)
    try verifySignature(token)
    let expiresAt = try checkTimes(token.claims, now: now)
    try checkParties(token.claims)
    return try identity(token.claims, expiresAt: expiresAt)
  }

  private func verifySignature(_ token: SignedToken) throws(TokenFault) {
    let algorithm = token.header["alg"]?.string.flatMap(TokenAlgorithm.init(rawValue:))
    let candidates = keys.filter { key in
      key.algorithm == algorithm && options.algorithms.contains(key.algorithm) && Self.names(key, token.header["kid"])
    }
    // Whatever is wrong, one signature is computed: the time taken doesn't tell which check refused.
    let isSigned = (candidates.isEmpty ? [decoy] : candidates).contains { $0.verifies(token.signature, of: token.content) }
    guard let algorithm, options.algorithms.contains(algorithm) else { throw .algorithm }
    guard !candidates.isEmpty else { throw .unknownKey }
    guard isSigned else { throw .signature }
  }

  /// A named key serves tokens that name it, an unnamed key those that name none; there is no default to fall back to.
  private static func names(_ key: TokenKey, _ kid: JSONValue?) -> Bool {
    guard let kid else { return key.id == nil }
    return kid.string != nil && kid.string == key.id
  }

  private func checkTimes(_ claims: JSONObject, now: Int64) throws(TokenFault) -> Int64 {
    guard let exp = claims["exp"] else { throw .noExpiry }
    guard let expiresAt = Self.milliseconds(exp) else { throw .malformed }
    if let nbf = claims["nbf"] {
      guard let notBefore = Self.milliseconds(nbf) else { throw .malformed }
      guard notBefore - options.leeway <= now else { throw .notYetValid }
    }
    guard now < expiresAt + options.leeway else { throw .expired }
    return expiresAt
  }

  /// A NumericDate (RFC 7519 section 2) in milliseconds; the clamp keeps later sums within 64 bits.
  private static func milliseconds(_ date: JSONValue) -> Int64? {
    guard let seconds = date.double, seconds.isFinite else { return nil }
    return Int64(min(max(seconds * 1000, -1e15), 1e15))
  }

  private func checkParties(_ claims: JSONObject) throws(TokenFault) {
    if let issuer = options.issuer {
      guard claims["iss"]?.string == issuer else { throw .issuer }
    }
    if !options.audience.isEmpty {
      let given = claims["aud"]
      let names = given?.array?.compactMap(\.string) ?? [given?.string].compactMap { $0 }
      guard !options.audience.isDisjoint(with: names) else { throw .audience }
    }
  }

  private func identity(_ claims: JSONObject, expiresAt: Int64) throws(TokenFault) -> Identity {
    let names = options.claims
    guard let user = Self.first(names.user, in: claims) else { throw .noUser }
    return Identity(
      tenant: try tenant(Self.first(names.tenant, in: claims), user: user), user: user, roles: options.roles, claims: .object(claims),
      accounts: try Self.narrowing(names.accounts, in: claims), conversations: try Self.narrowing(names.conversations, in: claims),
      expiresAt: expiresAt, source: .token)
  }

  private func tenant(_ named: String?, user: String) throws(TokenFault) -> String {
    let own = MissingTenant.ownPrefix + user
    switch (named, options.missingTenant) {
    case (let tenant?, .own) where tenant.utf8.starts(with: MissingTenant.ownPrefix.utf8):
      // Bytes, since tenants are told apart by them.
      guard tenant.utf8.elementsEqual(own.utf8) else { throw .foreignTenant }
      return own
    case (let tenant?, _): return tenant
    case (nil, .own): return own
    case (nil, .user): return user
    case (nil, .refuse): throw .noTenant
    }
  }

  /// The first claim that is a name: a string or a whole number, not empty, at most 256 bytes, without control characters.
  private static func first(_ names: [String], in claims: JSONObject) -> String? {
    for name in names {
      guard let claim = claims[name], let text = claim.string ?? claim.int64.map(String.init) else { continue }
      if (1...256).contains(text.utf8.count), text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) { return text }
    }
    return nil
  }

  /// The first of these claims that is there. One of the wrong shape refuses the token: ignoring it would widen the caller's rights.
  private static func narrowing(_ names: [String], in claims: JSONObject) throws(TokenFault) -> Set<String>? {
    guard let claim = names.lazy.compactMap({ claims[$0] }).first(where: { !$0.isNull }) else { return nil }
    guard let items = claim.array else { throw .narrowing }
    let names = items.compactMap(\.string)
    guard names.count == items.count else { throw .narrowing }
    return Set(names)
  }
}
