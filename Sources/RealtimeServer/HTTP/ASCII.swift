extension String {
  /// Comparison without case, for ASCII such as field names.
  func equalsIgnoringASCIICase(_ other: String) -> Bool {
    let (left, right) = (utf8, other.utf8)
    return left.count == right.count && zip(left, right).allSatisfy { $0.0.asciiLowercased == $0.1.asciiLowercased }
  }
}

extension UInt8 {
  var asciiLowercased: UInt8 { (0x41...0x5A).contains(self) ? self | 0x20 : self }

  /// A visible ASCII character.
  var isVisibleASCII: Bool { (0x21...0x7E).contains(self) }

  /// A character of an HTTP token (RFC 9110 §5.6.2).
  var isToken: Bool {
    switch self {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E, 0x5F, 0x60, 0x7C, 0x7E: true
    default: false
    }
  }
}
