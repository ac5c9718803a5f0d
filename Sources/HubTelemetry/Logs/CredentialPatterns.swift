/// Credentials that are recognised by their form: `Bearer …` and `Basic …`, JWTs, secret query members, passwords in URLs.
enum CredentialPatterns {
  /// Replaces what is found; answers whether there was anything.
  static func redact(_ bytes: inout [UInt8]) -> Bool {
    var output: [UInt8] = []
    var (index, copied) = (0, 0)
    while index < bytes.count {
      let found = match(bytes, at: index)
      guard let found, !found.isEmpty else {
        index += 1
        continue
      }
      output += bytes[copied..<found.lowerBound]
      output += Redactor.mark.utf8
      index = found.upperBound
      copied = index
    }
    guard copied > 0 else { return false }
    bytes = output + bytes[copied...]
    return true
  }

  /// The secret that begins in the word at `index`, if one does.
  private static func match(_ bytes: [UInt8], at index: Int) -> Range<Int>? {
    switch bytes[index] {
    case UInt8(ascii: "B"), UInt8(ascii: "b"): afterScheme(bytes, at: index)
    case UInt8(ascii: "e"): webToken(bytes, at: index)
    case UInt8(ascii: "?"), UInt8(ascii: "&"): queryMember(bytes, at: index)
    case UInt8(ascii: ":"): urlPassword(bytes, at: index)
    default: nil
    }
  }

  private static func afterScheme(_ bytes: [UInt8], at index: Int) -> Range<Int>? {
    guard index == 0 || !isWord(bytes[index - 1]) else { return nil }
    for scheme in ["bearer ", "basic "] where lowercased(bytes, index, scheme.utf8.count) == Array(scheme.utf8) {
      var start = index + scheme.utf8.count
      while start < bytes.count, bytes[start] == UInt8(ascii: " ") { start += 1 }
      let end = end(bytes, from: start) { isWord($0) || "-._~+/=".utf8.contains($0) }
      // "bearer of news" is no credential.
      return end - start >= 8 ? start..<end : nil
    }
    return nil
  }

  /// `eyJ` is `{"` in base64url: three parts that begin so are a JWT, whatever stands around it.
  private static func webToken(_ bytes: [UInt8], at index: Int) -> Range<Int>? {
    guard bytes[index...].starts(with: "eyJ".utf8), index == 0 || !isWord(bytes[index - 1]) else { return nil }
    let end = end(bytes, from: index) { isWord($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
    return bytes[index..<end].count { $0 == UInt8(ascii: ".") } >= 2 ? index..<end : nil
  }

  private static func queryMember(_ bytes: [UInt8], at index: Int) -> Range<Int>? {
    let nameEnd = end(bytes, from: index + 1) { isWord($0) || "-.".utf8.contains($0) }
    guard nameEnd < bytes.count, bytes[nameEnd] == UInt8(ascii: "="), nameEnd > index + 1 else { return nil }
    guard SecretKeys.isSecret(String(decoding: bytes[index + 1..<nameEnd], as: UTF8.self)) else { return nil }
    return nameEnd + 1..<end(bytes, from: nameEnd + 1) { $0 > 0x20 && !"&#\"'<>".utf8.contains($0) }
  }

  private static func urlPassword(_ bytes: [UInt8], at index: Int) -> Range<Int>? {
    guard bytes[index...].starts(with: "://".utf8) else { return nil }
    let authority = index + 3..<end(bytes, from: index + 3) { $0 > 0x20 && !"/?#\"'<>".utf8.contains($0) }
    guard let at = bytes[authority].lastIndex(of: UInt8(ascii: "@")) else { return nil }
    guard let colon = bytes[authority.lowerBound..<at].firstIndex(of: UInt8(ascii: ":")) else { return nil }
    return colon + 1..<at
  }

  private static func end(_ bytes: [UInt8], from start: Int, while holds: (UInt8) -> Bool) -> Int {
    var index = start
    while index < bytes.count, holds(bytes[index]) { index += 1 }
    return index
  }

  private static func lowercased(_ bytes: [UInt8], _ start: Int, _ count: Int) -> [UInt8] {
    bytes[start..<min(bytes.count, start + count)].map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
    default: false
    }
  }
}
