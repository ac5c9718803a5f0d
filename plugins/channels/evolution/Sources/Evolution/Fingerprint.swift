import CLibCrypto
import HubPluginSDK
import OrderedJSON

/// The key of what has no id of its own.
enum Fingerprint {
  /// A hash of the event's name, the envelope's time and the element. Socket and webhook carry the same time, and retries repeat it;
  /// bytes, which they encode differently, don't count.
  static func of(_ element: JSONValue, in envelope: Envelope) -> String {
    var text = Array("\(envelope.event)\0\(envelope.dateTime)\0".utf8)
    Scrubbing.scrub(element).write(to: &text)
    return HubHex.text(sha256(text).prefix(16))
  }

  /// The 32 bytes of SHA-256.
  static func sha256(_ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    _ = bytes.withUnsafeBytes { EVP_Digest($0.baseAddress, $0.count, &digest, nil, EVP_sha256(), nil) }
    return digest
  }
}
