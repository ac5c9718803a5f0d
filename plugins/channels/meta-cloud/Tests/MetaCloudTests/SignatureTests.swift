import Testing

@testable import MetaCloud

@Suite struct SignatureTests {
  static let secret = Array("hub-test-secret".utf8)
  static let plain = Array(#"{"object":"whatsapp_business_account","entry":[]}"#.utf8)
  static let escaped = Array(#"{"a":"caf\u00e9 https:\/\/x"}"#.utf8)
  static let plainHeader = "sha256=9fde7d9ab069e7b193d189ecf3503276dddd9996e428160ea8b105e318f14c12"
  static let escapedHeader = "sha256=ddd8d2c277066ef0e5ac117fb4225f3fc7cc2f74234c674dc67282f7cb085230"

  @Test("the reference vectors are accepted", arguments: [(plain, plainHeader), (escaped, escapedHeader)])
  func vectors(_ body: [UInt8], _ header: String) {
    #expect(Signature.header(body: body, secret: Self.secret) == header)
    #expect(Signature.accepts(header: header, body: body, secrets: [Self.secret]))
  }

  @Test(
    "keys of every length make the HMAC of RFC 4231",
    arguments: [
      (20, "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
      (131, "Test Using Larger Than Block-Size Key - Hash Key First", "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
      (64, "Hi There", "ebef34e13d0a0fe04593d043bc7a865106db0604211d404c18206d862e5d7852"),
      (65, "Hi There", "00af6c42340b99e2e1d9a1cdf1547be431fe2e9bab3215c68d013ba858891927"),
    ])
  func keys(_ length: Int, _ text: String, _ expected: String) {
    let key = [UInt8](repeating: length == 20 ? 0x0B : 0xAA, count: length)
    #expect(Signature.header(body: Array(text.utf8), secret: key) == "sha256=\(expected)")
  }

  @Test("the signature is of the raw bytes: the same JSON written otherwise is refused")
  func reencoded() {
    let body = Array(#"{"a":"café https://x"}"#.utf8)
    #expect(Signature.accepts(header: Self.escapedHeader, body: body, secrets: [Self.secret]) == false)
  }

  @Test("upper-case hexadecimal digits are accepted")
  func upperCase() {
    let header = "sha256=" + Self.plainHeader.dropFirst(7).uppercased()
    #expect(Signature.accepts(header: header, body: Self.plain, secrets: [Self.secret]))
  }

  @Test(
    "anything but sha256= and 64 digits is refused",
    arguments: [
      nil, "", "sha256=", "SHA256=9fde7d9ab069e7b193d189ecf3503276dddd9996e428160ea8b105e318f14c12", String(plainHeader.dropFirst(7)),
      String(plainHeader.dropLast()), plainHeader + "0", plainHeader + " ", String(plainHeader.dropLast()) + "g",
      "sha1=2fd4e1c67a2d28fced849ee1bb76e7391b93eb12", "sha256=" + String(repeating: "é", count: 32),
    ])
  func malformed(_ header: String?) {
    #expect(Signature.accepts(header: header, body: Self.plain, secrets: [Self.secret]) == false)
  }

  @Test("one bit of the body or of the digest decides")
  func oneBit() {
    for index in [0, Self.plain.count / 2, Self.plain.count - 1] {
      var body = Self.plain
      body[index] ^= 1
      #expect(Signature.accepts(header: Self.plainHeader, body: body, secrets: [Self.secret]) == false)
    }
    let header = Self.plainHeader.dropLast() + "3"
    #expect(Signature.accepts(header: String(header), body: Self.plain, secrets: [Self.secret]) == false)
  }

  @Test("one of several secrets is enough, wherever it stands")
  func severalSecrets() {
    let other = Array("other".utf8)
    #expect(Signature.accepts(header: Self.plainHeader, body: Self.plain, secrets: [other, Self.secret]))
    #expect(Signature.accepts(header: Self.plainHeader, body: Self.plain, secrets: [Self.secret, other]))
    #expect(Signature.accepts(header: Self.plainHeader, body: Self.plain, secrets: [other]) == false)
    #expect(Signature.accepts(header: Self.plainHeader, body: Self.plain, secrets: []) == false)
  }

  @Test("an empty secret signs nothing")
  func emptySecret() throws {
    let header = try #require(Signature.header(body: Self.plain, secret: []))
    #expect(Signature.accepts(header: header, body: Self.plain, secrets: [[]]) == false)
  }

  @Test("an empty body can be signed")
  func emptyBody() throws {
    let header = try #require(Signature.header(body: [], secret: Self.secret))
    #expect(Signature.accepts(header: header, body: [], secrets: [Self.secret]))
  }
}
