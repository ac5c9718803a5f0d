import HubAuth
import Testing

/// Fault case 40, as far as it is a decision about headers.
@Suite("case 40: origins")
struct PageOriginTests {
  @Test(
    "what is no origin, or another one than the host's, is foreign",
    arguments: [
      "https://evil.example", "null", "", "hub.example", "ftp://hub.example", "http://hub.example:8080", "https://hub.example:80",
      "https://hub.example.evil.example", "https://xhub.example", "https://hub.example/", "https://hub.example@evil.example",
      "https://evil.example#https://hub.example",
    ])
  func case40_foreign(origin: String) {
    #expect(PageOrigin.isForeign(origin, host: "hub.example"))
  }

  @Test("the host's own origin is not, whatever its case and with or without the scheme's port; nor is none at all")
  func case40_own() {
    for origin in ["https://hub.example", "http://Hub.Example:80", "https://hub.example:443"] {
      #expect(!PageOrigin.isForeign(origin, host: "hub.example"), "\(origin)")
    }
    #expect(!PageOrigin.isForeign(nil, host: "hub.example") && !PageOrigin.isForeign(nil, host: nil))
    #expect(PageOrigin.isForeign("https://hub.example", host: nil))
  }

  @Test("a loopback name in Origin or Host is judged like any other")
  func case40_loopback() {
    #expect(PageOrigin.isForeign("http://127.0.0.1:3333", host: "hub.example"))
    #expect(PageOrigin.isForeign("http://evil.example", host: "127.0.0.1:3333"))
    #expect(!PageOrigin.isForeign("http://127.0.0.1:3333", host: "127.0.0.1:3333"))
  }
}
