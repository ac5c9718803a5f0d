import OrderedJSON

/// FNV-1a in 64 bits: tells one version of something from the next, and is the same in every process.
enum Fingerprint {
  static func of(_ text: some Sequence<UInt8>) -> UInt64 {
    text.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  static func of(_ value: JSONValue) -> UInt64 { of(value.serialized()) }

  /// Sixteen hexadecimal digits.
  static func text(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
