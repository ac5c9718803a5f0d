public import OrderedJSON

/// Makes tokens for development and support (`hub token make`).
public struct TokenMaker: Sendable {
  private let key: TokenKey

  /// A maker that signs with this key.
  public init(key: TokenKey) { self.key = key }

  /// A token of a user of a tenant that begins at `now` and ends after `ttl`.
  ///
  /// - Parameters:
  ///   - ttl: milliseconds.
  ///   - now: Unix milliseconds.
  ///   - extra: further claims; they can't replace those of the user, tenant and times.
  public func token(tenant: String, user: String, ttl: Int64, now: Int64, extra: JSONObject = [:]) throws(AuthConfigurationError) -> String
  {
    var claims = extra
    claims["sub"] = .string(user)
    claims["tenantId"] = .string(tenant)
    claims["iat"] = .number(JSONNumber(now / 1000))
    claims["exp"] = .number(JSONNumber((now + ttl) / 1000))
    return try token(claims: claims)
  }

  /// A token with exactly these claims.
  public func token(claims: JSONObject) throws(AuthConfigurationError) -> String {
    var header: JSONObject = ["alg": .string(key.algorithm.rawValue), "typ": "JWT"]
    if let id = key.id { header["kid"] = .string(id) }
    let content =
      Base64URL.encode(JSONValue.object(header).serialized()) + [UInt8(ascii: ".")]
      + Base64URL.encode(JSONValue.object(claims).serialized())
    guard let signature = key.sign(content) else { throw .unusableKey }
    return String(decoding: content + [UInt8(ascii: ".")] + Base64URL.encode(signature), as: UTF8.self)
  }
}
