import Crypto

/// The key exchange of the opening handshake (RFC 6455 §4).
public enum Handshake {
  /// The `Sec-WebSocket-Accept` that answers `key`.
  public static func accept(for key: String) -> String {
    var hash = Insecure.SHA1()
    var bytes = Array(key.utf8)
    bytes.append(contentsOf: "258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8)
    bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
    return base64(Array(hash.finalize()))
  }

  /// Whether `key` is the base64 form of 16 bytes.
  public static func isValid(key: String) -> Bool {
    let bytes = Array(key.utf8)
    return bytes.count == 24 && bytes[22...] == [0x3D, 0x3D] && bytes[..<22].allSatisfy { alphabet.contains($0) }
  }

  /// A fresh key for a client's handshake.
  public static func makeKey() -> String {
    base64((0..<16).map { _ in UInt8.random(in: .min ... .max) })
  }

  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  private static func base64(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let word = group.enumerated().reduce(UInt32(0)) { $0 | UInt32($1.element) << UInt32(16 - $1.offset * 8) }
      for place in 0..<4 {
        text.append(place <= group.count ? alphabet[Int(word >> UInt32(18 - place * 6)) & 63] : 0x3D)
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
