import Crypto
import EngineIO
import Glibc
import OrderedJSON

/// Checks tokens signed with HS256 (RFC 7519, RFC 7515).
struct TokenCheck: Sendable {
  /// Why a token is not taken.
  enum Failure: String, Error {
    case missing = "missing_token"
    case invalid = "invalid_token"
    case expired = "token_expired"
  }

  private let key: SymmetricKey

  init(secret: String) { key = SymmetricKey(data: Array(secret.utf8)) }

  /// What a valid token claims.
  func claims(of token: String?) throws(Failure) -> JSONValue {
    guard let token else { throw .missing }
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let header = Self.json(parts[0]), header["alg"]?.string == "HS256", let claims = Self.json(parts[1]),
      let signature = Self.bytes(parts[2]),
      HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: Array("\(parts[0]).\(parts[1])".utf8), using: key)
    else { throw .invalid }
    if let expiry = claims["exp"]?.int64, expiry <= Int64(time(nil)) { throw .expired }
    return claims
  }

  private static func json(_ part: Substring) -> JSONValue? { bytes(part).flatMap { try? JSONValue(parsing: $0) } }

  private static func bytes(_ part: Substring) -> [UInt8]? {
    let standard = part.utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "+") : $0 == UInt8(ascii: "_") ? UInt8(ascii: "/") : $0 }
    return standard.withUnsafeBytes { Base64.decode($0) }
  }
}
