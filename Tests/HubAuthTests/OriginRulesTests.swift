import HubAuth
import Testing

/// Fault case 40, as far as it is a decision about headers.
@Suite("case 40: origins")
struct OriginRulesTests {
  @Test(
    "without configured origins only the hub's own pass",
    arguments: ["https://evil.example", "null", "", "hub.example", "ftp://hub.example"])
  func case40_sameOriginOnly(origin: String) throws {
    let rules = try OriginRules()
    #expect(rules.decide(origin: origin, host: "hub.example") == .refused)
    #expect(rules.decide(origin: "https://hub.example", host: "hub.example") == .sameOrigin)
    #expect(rules.decide(origin: "http://Hub.Example:80", host: "hub.example") == .sameOrigin)
    #expect(rules.decide(origin: "http://hub.example:8080", host: "hub.example") == .refused)
    #expect(rules.decide(origin: nil, host: "hub.example") == .absent)
  }

  @Test("configured origins match exactly: no suffix, no prefix, no other port or scheme")
  func case40_exact() throws {
    let rules = try OriginRules(["https://app.example", "http://localhost:5173"])
    #expect(rules.decide(origin: "https://app.example", host: "hub") == .allowed("https://app.example"))
    #expect(rules.decide(origin: "https://app.example:443", host: "hub") == .allowed("https://app.example:443"))
    let near = [
      "http://app.example", "https://app.example.evil.example", "https://xapp.example", "https://app.example:8443",
      "https://localhost:5173",
      "https://app.example/", "https://app.example@evil.example", "https://evil.example#https://app.example",
    ]
    for origin in near { #expect(rules.decide(origin: origin, host: "hub") == .refused, "\(origin)") }
  }

  @Test("a star with credentials, and what is no origin, are configuration errors")
  func case40_configuration() throws {
    #expect(throws: AuthConfigurationError.wildcardWithCredentials) { try OriginRules(["*"]) }
    #expect(try OriginRules(["*"], credentials: false).decide(origin: "https://any.example", host: nil) == .allowed("https://any.example"))
    for bad in ["app.example", "https://app.example/path", "https://", "null", "https://*.example"] {
      #expect(throws: AuthConfigurationError.badOrigin(bad)) { try OriginRules([bad]) }
    }
  }

  @Test("a loopback name in Origin or Host is judged like any other")
  func case40_loopback() throws {
    let rules = try OriginRules(["https://app.example"])
    #expect(rules.decide(origin: "http://127.0.0.1:3333", host: "hub.example") == .refused)
    #expect(rules.decide(origin: "http://evil.example", host: "127.0.0.1:3333") == .refused)
  }
}
