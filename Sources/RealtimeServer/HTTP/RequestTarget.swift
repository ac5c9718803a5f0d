/// Request targets in origin form (RFC 9112 §3.2.1).
enum RequestTarget {
  static func split(_ target: String) -> (path: String, query: String) {
    guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return (target, "") }
    return (String(target[..<mark]), String(target[target.utf8.index(after: mark)...]))
  }

  /// The last value of a parameter of a form-encoded query.
  static func lastValue(of name: String, inQuery query: String) -> String? {
    var query = query
    return query.withUTF8 { bytes in
      for pair in bytes.split(separator: UInt8(ascii: "&")).reversed() {
        let halves = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        let isName = isEncoded(halves[0]) ? formDecoded(halves[0]) == name : halves[0].elementsEqual(name.utf8)
        if isName { return halves.count > 1 ? formDecoded(halves[1]) : "" }
      }
      return nil
    }
  }

  /// `+` is a space, `%XX` a byte; a `%` that isn't followed by two digits stays.
  static func formDecoded(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> String {
    guard isEncoded(bytes) else { return String(decoding: bytes, as: UTF8.self) }
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var index = bytes.startIndex
    while index < bytes.endIndex {
      if bytes[index] == UInt8(ascii: "+") {
        decoded.append(UInt8(ascii: " "))
      } else if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.endIndex, let high = nibble(bytes[index + 1]),
        let low = nibble(bytes[index + 2])
      {
        decoded.append(high << 4 | low)
        index += 2
      } else {
        decoded.append(bytes[index])
      }
      index += 1
    }
    return String(decoding: decoded, as: UTF8.self)
  }

  private static func isEncoded(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    bytes.contains { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "%") }
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
