/// Base64 in both alphabets (RFC 4648 sections 4 and 5).
public enum Base64 {
  /// Appends the standard encoding with padding.
  public static func encode(_ bytes: UnsafeRawBufferPointer, to output: inout [UInt8]) {
    output.reserveCapacity(output.count + (bytes.count + 2) / 3 * 4)
    var index = 0
    while index + 2 < bytes.count {
      let group = UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2])
      for shift in [18, 12, 6, 0] as [UInt32] { output.append(character(group >> shift, url: false)) }
      index += 3
    }
    switch bytes.count - index {
    case 1:
      let group = UInt32(bytes[index]) << 16
      output.append(character(group >> 18, url: false))
      output.append(character(group >> 12, url: false))
      output.append(contentsOf: "==".utf8)
    case 2:
      let group = UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8
      for shift in [18, 12, 6] as [UInt32] { output.append(character(group >> shift, url: false)) }
      output.append(UInt8(ascii: "="))
    default: break
    }
  }

  /// The bytes of standard base64 text. Missing padding passes, as in the reference; nil when a character does not belong.
  public static func decode(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
    var end = text.count
    while end > 0, text.count - end < 2, text[end - 1] == UInt8(ascii: "=") { end -= 1 }
    guard end % 4 != 1 else { return nil }
    var output: [UInt8] = []
    output.reserveCapacity(end * 3 / 4)
    var group: UInt32 = 0
    var bits = 0
    for index in 0..<end {
      guard let value = value(of: text[index], url: false) else { return nil }
      group = (group << 6 | value) & 0xFFFF
      bits += 6
      guard bits >= 8 else { continue }
      bits -= 8
      output.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
    }
    return output
  }

  /// The base64 character of the low six bits.
  public static func character(_ bits: UInt32, url: Bool) -> UInt8 {
    let value = UInt8(truncatingIfNeeded: bits & 63)
    switch value {
    case 0..<26: return UInt8(ascii: "A") + value
    case 26..<52: return UInt8(ascii: "a") + value - 26
    case 52..<62: return UInt8(ascii: "0") + value - 52
    case 62: return url ? UInt8(ascii: "-") : UInt8(ascii: "+")
    default: return url ? UInt8(ascii: "_") : UInt8(ascii: "/")
    }
  }

  /// The six bits of a base64 character.
  public static func value(of character: UInt8, url: Bool) -> UInt32? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
    case url ? UInt8(ascii: "-") : UInt8(ascii: "+"): 62
    case url ? UInt8(ascii: "_") : UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
