import CLibCrypto
import HubPluginSDK

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
    authenticate(body, key: secret).map { prefix + HubHex.text($0) }
  }

  /// Found once: libcrypto's own HMAC looks for itself and for SHA-256 at every call, which takes longer than a usual body.
  // Never freed, and constant.
  private nonisolated(unsafe) static let sha256 = EVP_MD_fetch(nil, "SHA256", nil)
  private static let block = 64
  private static let size = 32

  /// HMAC (RFC 2104) with SHA-256.
  private static func authenticate(_ body: [UInt8], key: [UInt8]) -> [UInt8]? {
    guard let context = EVP_MD_CTX_new() else { return nil }
    defer { EVP_MD_CTX_free(context) }
    var short = key
    if key.count > block {
      guard let hash = digest(key, [], context) else { return nil }
      short = hash
    }
    func pad(_ mask: UInt8) -> [UInt8] {
      [UInt8](unsafeUninitializedCapacity: block) { bytes, count in
        for index in 0..<block { bytes[index] = mask ^ (index < short.count ? short[index] : 0) }
        count = block
      }
    }
    guard let inner = digest(pad(0x36), body, context) else { return nil }
    return digest(pad(0x5C), inner, context)
  }

  /// The digest of two parts after one another.
  private static func digest(_ first: [UInt8], _ second: [UInt8], _ context: OpaquePointer) -> [UInt8]? {
    guard let sha256, EVP_DigestInit_ex(context, sha256, nil) == 1, EVP_DigestUpdate(context, first, first.count) == 1,
      EVP_DigestUpdate(context, second, second.count) == 1
    else { return nil }
    var isMade = false
    let digest = [UInt8](unsafeUninitializedCapacity: size) { bytes, count in
      isMade = EVP_DigestFinal_ex(context, bytes.baseAddress, nil) == 1
      count = isMade ? size : 0
    }
    return isMade ? digest : nil
  }

  private static func digest(of header: String) -> [UInt8]? {
    var header = header
    return header.withUTF8 { text in
      guard text.count == prefix.utf8.count + 2 * size, text.prefix(prefix.utf8.count).elementsEqual(prefix.utf8) else { return nil }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(size)
      for index in stride(from: prefix.utf8.count, to: text.count, by: 2) {
        guard let high = nibble(text[index]), let low = nibble(text[index + 1]) else { return nil }
        bytes.append(high << 4 | low)
      }
      return bytes
    }
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
