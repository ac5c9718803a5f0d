import Crypto
import HubAuth
import HubModel
import HubTesting
import OrderedJSON
import Testing

/// Fault case 39, as far as it concerns shared secrets.
@Suite("case 39: hostile tokens")
struct Case39TokenAttackTests {
  /// A token with any header and claims, rightly signed over both with HMAC-SHA-256 by a key.
  private func forged(header: String, claims: JSONObject = goodClaims(), key: [UInt8] = secret) -> String {
    let content = base64url(header.utf8) + "." + base64url(JSONValue.object(claims).description.utf8)
    return content + "." + base64url(HMAC<SHA256>.authenticationCode(for: Array(content.utf8), using: SymmetricKey(data: key)))
  }

  @Test("the forger signs rightly, so that the refusals below are for the named reason")
  func reference() async throws {
    let token = forged(header: #"{"alg":"HS256"}"#)
    #expect(try await verifier().verify(token, now: noon).user == "ana")
  }

  @Test(
    "an algorithm that is not listed is refused whatever the signature",
    arguments: [
      "none", "None", "NONE", "nOnE", "", "HS384", "HS512", "RS256", "ES256", "PS256", "EdDSA", "hs256", "HS256 ", "HS256\\u0000",
    ])
  func case39_algorithm(name: String) async throws {
    let verifier = try await verifier()
    let header = #"{"alg":"\#(name)","typ":"JWT"}"#
    for token in [forged(header: header), base64url(header.utf8) + "." + base64url(JSONValue.object(goodClaims()).description.utf8) + "."] {
      #expect(throws: TokenFault.algorithm) { try verifier.verify(token, now: noon) }
    }
  }

  @Test("an algorithm that is no string, absent or given twice with none last is refused")
  func case39_algorithmShape() async throws {
    let verifier = try await verifier()
    for header in [#"{}"#, #"{"alg":null}"#, #"{"alg":["HS256"]}"#, #"{"alg":256}"#, #"{"alg":"HS256","alg":"none"}"#] {
      let token = forged(header: header)
      #expect(throws: TokenFault.algorithm) { try verifier.verify(token, now: noon) }
    }
  }

  @Test("with HS256 off the list even a rightly signed HS256 token is refused")
  func case39_notListed() async throws {
    let verifier = try await verifier(JWTOptions(algorithms: []))
    let token = try await token()
    #expect(throws: TokenFault.algorithm) { try verifier.verify(token, now: noon) }
  }

  @Test("a token signed with a public key's text as secret is refused")
  func case39_publicKeyAsSecret() async throws {
    let pem = "-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAK\n-----END PUBLIC KEY-----\n"
    let verifier = try await verifier()
    let token = forged(header: #"{"alg":"HS256"}"#, key: Array(pem.utf8))
    #expect(throws: TokenFault.signature) { try verifier.verify(token, now: noon) }
  }

  @Test(
    "a key id that is not configured, also one that names a file or a query, never falls back to another key",
    arguments: ["\"x\"", "\"\"", "\"../../../../dev/null\"", "\"/etc/passwd\"", "\"' OR 1=1 --\"", "1", "null", "[\"main\"]", "\"Main\""])
  func case39_keyID(kid: String) async throws {
    let token = forged(header: #"{"alg":"HS256","kid":\#(kid)}"#)
    for verifier in [try await verifier(), try await verifier(id: "main")] {
      #expect(throws: TokenFault.unknownKey) { try verifier.verify(token, now: noon) }
    }
  }

  @Test("no end, a past end, a start ahead, another issuer or audience: each refused for that reason")
  func case39_claims() async throws {
    let verifier = try await verifier(JWTOptions(issuer: "auth.example", audience: ["hub"]))
    let base = goodClaims(["iss": "auth.example", "aud": "hub"])
    func with(_ name: String, _ value: JSONValue?) -> JSONObject {
      var claims = base
      claims[name] = value
      return claims
    }
    let seconds = noon / 1000
    let cases: [(JSONObject, TokenFault)] = [
      (with("exp", nil), .noExpiry), (with("exp", "2099-01-01"), .malformed), (with("exp", .null), .malformed),
      (with("exp", .number(JSONNumber(seconds - 31))), .expired), (with("exp", 0), .expired), (with("exp", -1e300), .expired),
      (with("nbf", .number(JSONNumber(seconds + 31))), .notYetValid), (with("nbf", "now"), .malformed), (with("nbf", 1e300), .notYetValid),
      (with("iss", "evil.example"), .issuer), (with("iss", nil), .issuer), (with("iss", ["auth.example"]), .issuer),
      (with("aud", "other"), .audience), (with("aud", nil), .audience), (with("aud", []), .audience), (with("aud", ["hub2"]), .audience),
      (with("sub", nil), .noUser),
    ]
    for (claims, fault) in cases {
      let token = try await token(claims)
      #expect(throws: fault, "\(JSONValue.object(claims))") { try verifier.verify(token, now: noon) }
    }
  }

  @Test("a token of a megabyte is refused for its size before anything is decoded")
  func case39_huge() async throws {
    let verifier = try await verifier()
    let huge = try await token(goodClaims(["pad": .string(String(repeating: "x", count: 1_000_000))]))
    #expect(throws: TokenFault.tooLarge) { try verifier.verify(huge, now: noon) }
    #expect(throws: TokenFault.tooLarge) { try verifier.verify(String(repeating: ".", count: 1_000_000), now: noon) }
  }

  @Test("what is no token at all, has a critical extension or nests without end is malformed")
  func case39_malformed() async throws {
    let verifier = try await verifier()
    let deep = String(repeating: "[", count: 2000) + String(repeating: "]", count: 2000)
    var tokens = [
      "", ".", "..", "...", "a.b.c", "eyJ.eyJ.eyJ", "🙂.🙂.🙂", try await token() + ".", " " + (try await token()), try await token() + "=",
    ]
    tokens.append(forged(header: #"{"alg":"HS256","crit":["b64"],"b64":false}"#))
    tokens.append(forged(header: #"{"alg":"HS256","x":\#(deep)}"#))
    tokens.append(forged(header: #"["HS256"]"#))
    for token in tokens { #expect(throws: TokenFault.malformed, "\(token.prefix(40))") { try verifier.verify(token, now: noon) } }
  }

  @Test("no single changed, dropped or doubled character of a good token passes", arguments: 0..<8)
  func case39_mutations(seed: Int) async throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let (verifier, good) = (try await verifier(), Array(try await token().utf8))
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/".utf8)
    for _ in 0..<500 {
      var bytes = good
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<3, using: &random) {
      case 0: bytes[place] = alphabet.randomElement(using: &random) ?? 0
      case 1: bytes.remove(at: place)
      default: bytes.insert(bytes[place], at: place)
      }
      guard bytes != good else { continue }
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(throws: TokenFault.self, "\(text)") { try verifier.verify(text, now: noon) }
    }
  }

  @Test("no text of any refusal holds a key, a claim or the token")
  func case39_texts() async throws {
    let faults: [TokenFault] = [
      .tooLarge, .malformed, .algorithm, .unknownKey, .signature, .noExpiry, .expired, .notYetValid, .issuer, .audience, .noUser,
      .narrowing,
    ]
    for text in faults.map(\.explanation) + AuthFailure.allCases.map(\.problem.title) + faults.map({ "\($0)" }) {
      #expect(!text.contains("0123456789abcdef") && !text.contains("ana") && !text.contains("demo"))
    }
    #expect(faults.filter { $0.failure == .expired } == [.expired])
  }
}
