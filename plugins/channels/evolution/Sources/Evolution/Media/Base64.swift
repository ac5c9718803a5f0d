import CLibCrypto

/// Base64 as the server writes files in it, with or without the head of a data URL.
enum Base64 {
  /// Nil for what is none.
  static func decode(_ text: String) -> [UInt8]? {
    let body = text.hasPrefix("data:") ? Array(text.utf8.drop { $0 != UInt8(ascii: ",") }.dropFirst()) : Array(text.utf8)
    let padding = body.suffix(2).count { $0 == UInt8(ascii: "=") }
    guard body.isEmpty == false, body.count % 4 == 0, body.count <= Int(Int32.max) else { return nil }
    var bytes = [UInt8](repeating: 0, count: body.count / 4 * 3)
    guard EVP_DecodeBlock(&bytes, body, Int32(body.count)) == Int32(bytes.count) else { return nil }
    bytes.removeLast(padding)
    return bytes
  }
}
