import CLibCrypto
import HubPluginSDK
import OrderedJSON

/// Digests by libcrypto.
enum Fingerprint {
  /// The key of what has no id of its own: a hash of the entry's id and time, the field, and the element.
  static func of(_ element: JSONValue, in change: Change) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(512)
    for part in [change.waba ?? "", change.entryTime ?? "", change.field] {
      text.append(contentsOf: part.utf8)
      text.append(0)
    }
    element.write(to: &text)
    return HubHex.text(sha256(text).prefix(16))
  }

  /// The 32 bytes of SHA-256.
  static func sha256(_ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    _ = bytes.withUnsafeBytes { input in
      EVP_Digest(input.baseAddress, input.count, &digest, nil, EVP_sha256(), nil)
    }
    return digest
  }
}
