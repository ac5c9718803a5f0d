import HubAuth
import HubModel
import OrderedJSON
import Testing

@Suite("Token verification")
struct JWTVerifierTests {
  @Test("a token of RFC 7515 appendix A.1 verifies: the arithmetic is the standard's")
  func standardVector() async throws {
    let key = TestVector.key
    let verifier = try await verifier(JWTOptions(issuer: "joe", claims: ClaimNames(user: ["iss"])), key: key)
    #expect(try verifier.verify(TestVector.token, now: 1_300_819_000_000).user == "joe")
  }

  @Test("tenant and user come from the first claim that is there, in the order of dialects.md")
  func claimOrder() async throws {
    let verifier = try await verifier()
    let tenants = ["tenantId", "tenant_id", "tenant", "workspaceId", "workspace_id", "organizationId", "organization_id"]
    for (place, name) in tenants.enumerated() {
      var claims = goodClaims(without: ["tenantId"])
      for later in tenants[place...].reversed() { claims[later] = .string("of \(later)") }
      #expect(try await verifier.verify(token(claims), now: noon).tenant == "of \(name)")
    }
    let users = ["userId", "user_id", "sub", "id"]
    for (place, name) in users.enumerated() {
      var claims = goodClaims(without: ["sub"])
      for later in users[place...].reversed() { claims[later] = .string("of \(later)") }
      #expect(try await verifier.verify(token(claims), now: noon).user == "of \(name)")
    }
  }

  @Test("without a tenant claim the user has a tenant of one, whatever tenant is named like the user")
  func tenantOfOne() async throws {
    let verifier = try await verifier()
    let alone = try await verifier.verify(token(goodClaims(without: ["tenantId"])), now: noon)
    #expect(alone.tenant == "user:ana" && alone.user == "ana")
    #expect(try await verifier.verify(token(goodClaims(["tenantId": "ana"])), now: noon).tenant == "ana")
  }

  @Test("a tenant of one is named by its user's tokens only")
  func foreignTenantOfOne() async throws {
    let verifier = try await verifier()
    #expect(try await verifier.verify(token(goodClaims(["tenantId": "user:ana"])), now: noon).tenant == "user:ana")
    for tenant in ["user:bob", "user:", "user:\u{301}ana"] {
      let token = try await token(goodClaims(["tenantId": .string(tenant)]))
      #expect(throws: TokenFault.foreignTenant) { try verifier.verify(token, now: noon) }
    }
  }

  @Test("a configuration may give such a token to the tenant named like its user, or refuse it")
  func missingTenant() async throws {
    let bare = try await token(goodClaims(without: ["tenantId"]))
    #expect(try await verifier(JWTOptions(missingTenant: .user)).verify(bare, now: noon).tenant == "ana")
    let strict = try await verifier(JWTOptions(missingTenant: .refuse))
    #expect(throws: TokenFault.noTenant) { try strict.verify(bare, now: noon) }
    #expect(try await strict.verify(token(goodClaims()), now: noon).tenant == "demo")
  }

  @Test("a numeric user id is taken as text; an empty or unprintable one is skipped")
  func userForms() async throws {
    let verifier = try await verifier()
    #expect(try await verifier.verify(token(goodClaims(["userId": 42])), now: noon).user == "42")
    #expect(try await verifier.verify(token(goodClaims(["userId": ""])), now: noon).user == "ana")
    #expect(try await verifier.verify(token(goodClaims(["userId": "a\nb"])), now: noon).user == "ana")
    #expect(try await verifier.verify(token(goodClaims(["userId": ["a"]])), now: noon).user == "ana")
  }

  @Test("exp and nbf are held with a leeway of 30 s and not a millisecond more")
  func leeway() async throws {
    let verifier = try await verifier()
    let end = noon + 600_000
    let token = try await token(goodClaims(["nbf": .number(JSONNumber(noon / 1000))]))
    #expect(try verifier.verify(token, now: end + 29_999).user == "ana")
    #expect(throws: TokenFault.expired) { try verifier.verify(token, now: end + 30_000) }
    #expect(try verifier.verify(token, now: noon - 30_000).user == "ana")
    #expect(throws: TokenFault.notYetValid) { try verifier.verify(token, now: noon - 30_001) }
  }

  @Test("missing, invalid and expired are told apart; not yet valid is invalid")
  func failures() async throws {
    let authenticator = Authenticator(tokens: try await verifier(), keys: try APIKeyTable([]))
    let good = try await token(goodClaims(["nbf": .number(JSONNumber(noon / 1000))]))
    #expect(throws: AuthFailure.missing) { try authenticator.authenticate(nil, now: noon) }
    #expect(throws: AuthFailure.missing) { try authenticator.authenticate(.bearer(""), now: noon) }
    #expect(throws: AuthFailure.invalid) { try authenticator.authenticate(.bearer("x"), now: noon) }
    #expect(throws: AuthFailure.invalid) { try authenticator.authenticate(.bearer(good), now: noon - 60_000) }
    #expect(throws: AuthFailure.expired) { try authenticator.authenticate(.bearer(good), now: noon + 900_000) }
    #expect(try authenticator.authenticate(.bearer(good), now: noon).source == .token)
  }

  @Test("issuer and audience are held when configured, the audience also in a list")
  func parties() async throws {
    let verifier = try await verifier(JWTOptions(issuer: "auth.example", audience: ["hub"]))
    let base = goodClaims(["iss": "auth.example", "aud": "hub"])
    #expect(try await verifier.verify(token(base), now: noon).user == "ana")
    var list = base
    list["aud"] = ["other", "hub"]
    #expect(try await verifier.verify(token(list), now: noon).user == "ana")
  }

  @Test("the claims accounts and conversations narrow; one of the wrong shape refuses instead of widening")
  func narrowing() async throws {
    let verifier = try await verifier()
    let narrowed = try await verifier.verify(token(goodClaims(["accounts": ["a"], "conversations": []])), now: noon)
    #expect(narrowed.mayUse(account: "a") && !narrowed.mayUse(account: "b") && !narrowed.mayUse(conversation: "c"))
    let free = try await verifier.verify(token(), now: noon)
    #expect(free.mayUse(account: "b") && free.mayUse(conversation: "c"))
    for wrong: JSONValue in ["a", 1, ["a", 1], ["a": true]] {
      let token = try await token(goodClaims(["accounts": wrong]))
      #expect(throws: TokenFault.narrowing) { try verifier.verify(token, now: noon) }
    }
  }

  @Test("during a rotation tokens of both secrets pass, each by its key id or by none")
  func rotation() async throws {
    let keys = [try await TokenKey.hmac(secret: secret), try await TokenKey.hmac(secret: otherSecret)]
    let verifier = try await JWTVerifier(keys: keys)
    #expect(try await verifier.verify(token(key: secret), now: noon).user == "ana")
    #expect(try await verifier.verify(token(key: otherSecret), now: noon).user == "ana")
    let named = [try await TokenKey.hmac(secret: secret, id: "new"), try await TokenKey.hmac(secret: otherSecret, id: "old")]
    let byName = try await JWTVerifier(keys: named)
    #expect(try await byName.verify(token(key: otherSecret, id: "old"), now: noon).user == "ana")
    let crossed = try await token(key: otherSecret, id: "new")
    #expect(throws: TokenFault.signature) { try byName.verify(crossed, now: noon) }
    let nameless = try await token(key: secret)
    #expect(throws: TokenFault.unknownKey) { try byName.verify(nameless, now: noon) }
  }

  @Test("secrets below 32 bytes and doubled key ids are configuration errors")
  func configuration() async throws {
    await #expect(throws: AuthConfigurationError.shortSecret(minimum: 32)) { try await TokenKey.hmac(secret: Array(secret.dropLast())) }
    let keys = [try await TokenKey.hmac(secret: secret, id: "a"), try await TokenKey.hmac(secret: otherSecret, id: "a")]
    await #expect(throws: AuthConfigurationError.duplicateKeyID("a")) { try await JWTVerifier(keys: keys) }
  }

  @Test("a made token is good until its time is up, and further claims can't replace who it is for")
  func making() async throws {
    let maker = TokenMaker(key: try await TokenKey.hmac(secret: secret))
    let token = try maker.token(tenant: "demo", user: "ana", ttl: 60_000, now: noon, extra: ["sub": "eve", "accounts": ["a"]])
    let identity = try await verifier().verify(token, now: noon)
    #expect(identity.tenant == "demo" && identity.user == "ana" && identity.accounts == ["a"] && identity.expiresAt == noon + 60_000)
  }

  @Test("a report says why a token is refused and shows no secret")
  func report() async throws {
    let verifier = try await verifier()
    let expired = TokenReport(try await token(), verifier: verifier, now: noon + 900_000)
    #expect(
      expired.json["accepted"] == false && expired.json["code"] == "auth_expired" && expired.lines.last?.contains("has ended") == true)
    let good = TokenReport(try await token(), verifier: verifier, now: noon)
    #expect(good.lines.contains("tenant    demo") && good.lines.last == "accepted")
    #expect(TokenReport("x", verifier: verifier, now: noon).json["code"] == "auth_invalid")
    #expect(!good.json.description.contains("0123456789abcdef"))
  }
}

/// RFC 7515 appendix A.1.
private enum TestVector {
  static let token =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
    + ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
  static let key: [UInt8] = [
    3, 35, 53, 75, 43, 15, 165, 188, 131, 126, 6, 101, 119, 123, 166, 143, 90, 179, 40, 230, 240, 84, 201, 40, 169, 15, 132, 178, 210, 80,
    46,
    191, 211, 251, 90, 146, 210, 6, 71, 239, 150, 138, 180, 195, 119, 98, 61, 34, 61, 46, 33, 114, 5, 46, 79, 8, 192, 205, 154, 245, 103,
    208,
    128, 163,
  ]
}
