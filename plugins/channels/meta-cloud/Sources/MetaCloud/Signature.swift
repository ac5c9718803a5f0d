import CLibCrypto

/// The signature of a delivery: `X-Hub-Signature-256: sha256=` and the HMAC-SHA256 of the raw body, keyed by the app secret
/// ("Validating payloads" in Meta's webhooks guide).
public enum Signature {
  private static let prefix = "sha256="

  /// Whether the header is the signature of these bytes under one of the secrets. All are tried, so that the time tells nothing.
  public static func accepts(header: String?, body: [UInt8], secrets: [[UInt8]]) -> Bool {
    guard let claimed = header.flatMap(digest) else { return false }
    return secrets.reduce(false) { accepted, secret in
      // An empty key would make everybody a signer.
      guard secret.isEmpty == false, let actual = authenticate(body, key: secret) else { return accepted }
      return CRYPTO_memcmp(actual, claimed, claimed.count) == 0 || accepted
    }
  }

  /// The header value for a body: what a sender writes.
  public static func header(body: [UInt8], secret: [UInt8]) -> String? {
    authenticate(body, key: secret).map { prefix + Fingerprint.hex($0) }
  }

  /// Found once: libcrypto's own HMAC looks for itself and for SHA-256 at every call, which takes longer than a usual body.
  // Never freed, and constant.
  private nonisolated(unsafe) static let sha256 = EVP_MD_fetch(nil, "SHA256", nil)
  private static let block = 64

  /// HMAC (RFC 2104) with SHA-256.
  private static func authenticate(_ body: [UInt8], key: [UInt8]) -> [UInt8]? {
    guard let context = EVP_MD_CTX_new() else { return nil }
    defer { EVP_MD_CTX_free(context) }
    guard let short = key.count > block ? digest([key], context) : key else { return nil }
    let padded = short + [UInt8](repeating: 0, count: block - short.count)
    guard let inner = digest([padded.map { $0 ^ 0x36 }, body], context) else { return nil }
    return digest([padded.map { $0 ^ 0x5C }, inner], context)
  }

  private static func digest(_ parts: [[UInt8]], _ context: OpaquePointer) -> [UInt8]? {
    var digest = [UInt8](repeating: 0, count: 32)
    guard let sha256, EVP_DigestInit_ex(context, sha256, nil) == 1,
      parts.allSatisfy({ EVP_DigestUpdate(context, $0, $0.count) == 1 }), EVP_DigestFinal_ex(context, &digest, nil) == 1
    else { return nil }
    return digest
  }

  private static func digest(of header: String) -> [UInt8]? {
    guard header.hasPrefix(prefix) else { return nil }
    let digits = Array(header.utf8.dropFirst(prefix.utf8.count))
    guard digits.count == 64 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(32)
    for index in stride(from: 0, to: 64, by: 2) {
      guard let high = nibble(digits[index]), let low = nibble(digits[index + 1]) else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  private static func nibble(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
