import OrderedJSON

/// Whose a token is. The server checks tokens; here it is only read, to know the hub's own typing when it comes back.
enum TokenSubject {
  /// The claim `sub` of a JWT; nil when it is none or has none.
  static func of(_ token: [UInt8]) -> String? {
    let parts = token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 3, let payload = base64url(parts[1]), let claims = try? JSONValue(parsing: payload, maxValues: 1000) else {
      return nil
    }
    return claims.object?.name("sub")
  }

  private static func base64url(_ text: some Sequence<UInt8>) -> [UInt8]? {
    var (bytes, buffer, bits): ([UInt8], UInt32, Int) = ([], 0, 0)
    for character in text {
      let value: UInt8
      switch character {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = character - UInt8(ascii: "A")
      case UInt8(ascii: "a")...UInt8(ascii: "z"): value = character - UInt8(ascii: "a") + 26
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = character - UInt8(ascii: "0") + 52
      case UInt8(ascii: "-"), UInt8(ascii: "+"): value = 62
      case UInt8(ascii: "_"), UInt8(ascii: "/"): value = 63
      case UInt8(ascii: "="): continue
      default: return nil
      }
      buffer = buffer << 6 | UInt32(value)
      bits += 6
      guard bits >= 8 else { continue }
      bits -= 8
      bytes.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
    }
    return bytes
  }
}
