import Crypto

/// The key exchange of the opening handshake (RFC 6455 §4).
public enum Handshake {
  /// The `Sec-WebSocket-Accept` that answers `key`.
  public static func accept(for key: String) -> String {
    var hash = Insecure.SHA1()
    var text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    text.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
    return hash.finalize().withUnsafeBytes(base64)
  }

  /// Whether `key` is the base64 form of 16 bytes.
  public static func isValid(key: String) -> Bool {
    var key = key
    return key.withUTF8 { isValid(key: UnsafeRawBufferPointer($0)) }
  }

  /// Whether `key` is the base64 form of 16 bytes.
  public static func isValid(key: UnsafeRawBufferPointer) -> Bool {
    guard key.count == 24, key[22] == padding, key[23] == padding else { return false }
    for index in 0..<22 where isBase64(key[index]) == false { return false }
    return true
  }

  /// A fresh key for a client's handshake.
  public static func makeKey() -> String {
    let bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
    return bytes.withUnsafeBytes(base64)
  }

  private static let padding = UInt8(ascii: "=")

  private static func isBase64(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "+"), UInt8(ascii: "/"): true
    default: false
    }
  }

  private static func base64(_ bytes: UnsafeRawBufferPointer) -> String {
    let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    let length = (bytes.count + 2) / 3 * 4
    return String(unsafeUninitializedCapacity: length) { text in
      for start in stride(from: 0, to: bytes.count, by: 3) {
        let count = min(3, bytes.count - start)
        var word: UInt32 = 0
        for offset in 0..<count { word |= UInt32(bytes[start + offset]) << UInt32(16 - offset * 8) }
        for place in 0..<4 {
          text[start / 3 * 4 + place] = place <= count ? alphabet.utf8Start[Int(word >> UInt32(18 - place * 6)) & 63] : padding
        }
      }
      return length
    }
  }
}
