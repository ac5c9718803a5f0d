/// Text of a form-encoded query (WHATWG URL, application/x-www-form-urlencoded).
package enum FormText {
  /// Whether decoding would change anything.
  package static func isEncoded(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    bytes.contains { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "%") }
  }

  /// `+` is a space, `%XX` a byte; a `%` that isn't followed by two digits stays.
  package static func decoded(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> String {
    guard isEncoded(bytes) else { return String(decoding: bytes, as: UTF8.self) }
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var rest = bytes
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let high = rest.first.flatMap(nibble), let low = rest.dropFirst().first.flatMap(nibble) {
        decoded.append(high << 4 | low)
        rest = rest.dropFirst(2)
      } else {
        decoded.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
      }
    }
    return String(decoding: decoded, as: UTF8.self)
  }

  private static func nibble(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
