import HubAuth
import HubModel
import Testing

@Suite("Credentials")
struct CredentialTests {
  private let keys = [
    APIKey(name: "backoffice", value: Array("backoffice-key-0001".utf8), tenant: "demo", roles: [.send, .publish]),
    APIKey(name: "watch", value: Array("watch-key-0000000001".utf8), tenant: "demo", roles: [.stats]),
  ]

  @Test("an API key gives its tenant and roles, in X-API-Key and as Bearer")
  func apiKey() async throws {
    let authenticator = Authenticator(tokens: try await verifier(), keys: try APIKeyTable(keys))
    for credential: Credential in [.apiKey("backoffice-key-0001"), .bearer("backoffice-key-0001")] {
      let identity = try authenticator.authenticate(credential, now: noon)
      #expect(identity.tenant == "demo" && identity.user.isEmpty && identity.roles == [.send, .publish])
      #expect(identity.source == .apiKey(name: "backoffice"))
    }
    for wrong in ["backoffice-key-0002", "backoffice-key-000", "backoffice-key-00011", "", "Backoffice-key-0001"] {
      #expect(throws: AuthFailure.invalid) { try authenticator.authenticate(.apiKey(wrong), now: noon) }
    }
  }

  @Test("a token in X-API-Key is no key")
  func tokenAsKey() async throws {
    let authenticator = Authenticator(tokens: try await verifier(), keys: try APIKeyTable(keys))
    let token = try await token()
    #expect(throws: AuthFailure.invalid) { try authenticator.authenticate(.apiKey(token), now: noon) }
  }

  @Test("keys that are too short or too long, and two names for one key are configuration errors")
  func badKeys() {
    #expect(throws: AuthConfigurationError.shortKey(name: "a")) {
      try APIKeyTable([APIKey(name: "a", value: Array("123456789012345".utf8), tenant: "t", roles: [])])
    }
    #expect(throws: AuthConfigurationError.longKey(name: "a")) {
      try APIKeyTable([APIKey(name: "a", value: Array(repeating: 0x61, count: 1025), tenant: "t", roles: [])])
    }
    #expect(throws: AuthConfigurationError.sameKey(names: ["a", "b"])) {
      let value = Array("1234567890123456".utf8)
      _ = try APIKeyTable(["a", "b"].map { APIKey(name: $0, value: value, tenant: "t", roles: []) })
    }
  }

  @Test("the header is preferred to the key header, that to the query, and the query is off by default")
  func order() throws {
    let rules = CredentialRules()
    let all = [("authorization", "Bearer one"), ("X-Api-Key", "two")]
    #expect(try rules.credential(headers: all, query: "token=three") == .bearer("one"))
    #expect(try rules.credential(headers: [all[1]], query: "token=three") == .apiKey("two"))
    #expect(try rules.credential(headers: [], query: "token=three") == nil)
    #expect(try CredentialRules(queryToken: true).credential(headers: [], query: "a=b&token=three") == .bearer("three"))
  }

  @Test("the scheme is read in any case, and another scheme is a proxy's business")
  func scheme() throws {
    let rules = CredentialRules()
    #expect(try rules.credential(headers: [("Authorization", "bEARER  x")]) == .bearer("x"))
    #expect(try rules.credential(headers: [("Authorization", "Basic eDp5")]) == nil)
    #expect(try rules.credential(headers: [("Authorization", "Bearer")]) == .bearer(""))
  }

  @Test("a credential header given twice is refused")
  func twice() {
    for name in ["authorization", "x-api-key"] {
      #expect(throws: AuthFailure.invalid) { try CredentialRules().credential(headers: [(name, "Bearer a"), (name, "Bearer b")]) }
    }
  }

  @Test("constant-time comparison agrees with equality")
  func comparison() {
    #expect(ConstantTime.equalDigests("a", "a") && !ConstantTime.equalDigests("a", "b") && !ConstantTime.equalDigests("a", "aa"))
    #expect(ConstantTime.equal([], []) && !ConstantTime.equal([1], [1, 2]) && !ConstantTime.equal([1, 2], [1, 3]))
  }

  @Test("roles are spelled for plugins in a fixed order")
  func roles() {
    #expect(Role.text([.stats, .publish]) == "publish stats" && Role.text([]).isEmpty)
  }
}
