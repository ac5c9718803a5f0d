import CLibCrypto
import OrderedJSON

/// The token that Evolution makes of a webhook's `jwt_key`: HS256 over `iat`, `exp`, `app: "evolution"`, `action: "webhook"` (RFC 7519).
struct WebhookToken {
  /// The server makes the token once and repeats it with its retries, the last of them half an hour after the first. 401 would end them and
  /// lose the event; what is merely repeated changes nothing in the journal.
  static let graceMs: Int64 = 30 * 60 * 1000
  /// How far the server's clock may be ahead.
  static let leewayMs: Int64 = 5 * 60 * 1000

  private let signed: [UInt8]
  private let signature: [UInt8]
  private let claims: JSONObject

  /// Nil for what is no token of that sort. Nothing in it is believed yet.
  init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, text.utf8.count <= 4096, let signature = Self.bytes(parts[2]), signature.count == 32,
      let header = Self.object(parts[0]), header["alg"] == "HS256", let claims = Self.object(parts[1])
    else { return nil }
    signed = Array("\(parts[0]).\(parts[1])".utf8)
    self.signature = signature
    self.claims = claims
  }

  func verdict(secrets: [[UInt8]], nowMs: Int64) -> Credentials.Verdict {
    let isSigned = secrets.reduce(false) { found, secret in
      guard let code = Self.authenticate(signed, key: secret) else { return found }
      return CRYPTO_memcmp(code, signature, 32) == 0 || found
    }
    guard isSigned, claims["app"] == "evolution", claims["action"] == "webhook" else { return .wrong }
    guard let issued = Moment.read(claims, "iat"), let expiry = Moment.read(claims, "exp"), issued <= nowMs + Self.leewayMs else {
      return .wrong
    }
    return nowMs < expiry + Self.graceMs ? .accepted : .expired
  }

  private static func authenticate(_ bytes: [UInt8], key: [UInt8]) -> [UInt8]? {
    var code = [UInt8](repeating: 0, count: 32)
    var length: UInt32 = 0
    guard HMAC(EVP_sha256(), key, Int32(key.count), bytes, bytes.count, &code, &length) != nil, length == 32 else { return nil }
    return code
  }

  private static func object(_ part: Substring) -> JSONObject? {
    bytes(part).flatMap { try? JSONValue(parsing: $0) }?.object
  }

  /// Base64url without padding (RFC 7515 section 2).
  private static func bytes(_ part: Substring) -> [UInt8]? {
    let alphabet = "-_".utf8
    guard part.isEmpty == false, part.utf8.count % 4 != 1,
      part.utf8.allSatisfy({ byte in
        alphabet.contains(byte) || (byte < 0x80 && Character(UnicodeScalar(byte)).isLetter) || (0x30...0x39).contains(byte)
      })
    else { return nil }
    let padding = (4 - part.utf8.count % 4) % 4
    let plain = part.utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "+") : $0 == UInt8(ascii: "_") ? UInt8(ascii: "/") : $0 }
    let input = plain + [UInt8](repeating: UInt8(ascii: "="), count: padding)
    var output = [UInt8](repeating: 0, count: input.count / 4 * 3)
    guard EVP_DecodeBlock(&output, input, Int32(input.count)) == output.count else { return nil }
    return Array(output.dropLast(padding))
  }
}
