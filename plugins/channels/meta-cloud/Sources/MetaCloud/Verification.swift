import CLibCrypto

/// The question Meta asks by GET when a callback URL is saved ("Verification requests" in Meta's webhooks guide).
struct Verification: Hashable {
  /// An opaque text that goes back as it came.
  let challenge: String
  let token: String

  /// Nil when it is no such question: answered with 400.
  init?(target: String) {
    guard let query = QueryString(target: target), query["hub.mode"] == "subscribe" else { return nil }
    guard let challenge = query["hub.challenge"], challenge.isEmpty == false else { return nil }
    guard let token = query["hub.verify_token"], token.isEmpty == false else { return nil }
    self.challenge = challenge
    self.token = token
  }

  /// Whether the token is one of these. Digests are compared, so that neither content nor length shows in the time.
  func matches(_ tokens: [[UInt8]]) -> Bool {
    let asked = Fingerprint.sha256(Array(token.utf8))
    return tokens.reduce(false) { matched, token in
      CRYPTO_memcmp(Fingerprint.sha256(token), asked, asked.count) == 0 && token.isEmpty == false || matched
    }
  }
}

/// The query of a request target (WHATWG URL, application/x-www-form-urlencoded).
struct QueryString: Hashable {
  private let values: [String: String]

  /// Nil when there is no query or an escape is broken. Of a repeated name the first counts.
  init?(target: String) {
    guard let mark = target.firstIndex(of: "?") else { return nil }
    var values: [String: String] = [:]
    for pair in target[target.index(after: mark)...].split(separator: "&") {
      let equals = pair.firstIndex(of: "=") ?? pair.endIndex
      guard let name = Self.decode(pair[..<equals]), let value = Self.decode(pair[equals...].dropFirst()) else { return nil }
      if values[name] == nil { values[name] = value }
    }
    self.values = values
  }

  subscript(name: String) -> String? { values[name] }

  private static func decode(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
      case UInt8(ascii: "%"):
        guard let high = rest.popFirst().flatMap(hexDigit), let low = rest.popFirst().flatMap(hexDigit) else { return nil }
        bytes.append(high << 4 | low)
      default: bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func hexDigit(_ byte: UInt8) -> UInt8? {
    Character(Unicode.Scalar(byte)).hexDigitValue.map(UInt8.init)
  }
}
