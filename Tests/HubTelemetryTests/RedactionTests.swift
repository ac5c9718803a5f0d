import HubTelemetry
import Logging
import OrderedJSON
import Testing

@Suite("Redaction")
struct RedactionTests {
  private static let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbmEifQ.c2lnbmF0dXJl"

  @Test(
    "values under secret-looking keys never appear, at any depth",
    arguments: [
      "password", "Passwd", "app_secret", "appSecret", "access-token", "accessToken", "apikey", "API_KEY", "X-Api-Key", "Authorization",
      "Set-Cookie", "private.key", "credential", "jwt", "sig", "X-Hub-Signature-256", "key", "auth",
    ])
  func keys(name: String) {
    let kept = KeptLines()
    kept.logger().info("m", metadata: [name: "hunter2!", "list": [["x": [name: "hunter2!"]]], "nested": [name: ["a", "hunter2!"]]])
    #expect(kept.lines.count == 1 && !kept.lines[0].contains("hunter2!") && kept.lines[0].contains(Redactor.mark))
  }

  @Test("ordinary names are shown", arguments: ["keyboard", "sequence", "author", "monkey", "passed", "account", "path", "cause"])
  func ordinary(name: String) {
    #expect(!SecretKeys.isSecret(name))
  }

  @Test(
    "credentials are recognised by their form",
    arguments: [
      ("Bearer abcdef123456", "Bearer [redacted]"), ("sent bearer   abc.def-123~x, again", "sent bearer   [redacted], again"),
      ("Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic [redacted]"), ("got \(jwt).", "got [redacted]"),
      ("GET /?a=b&token=xyz&c=d", "GET /?a=b&token=[redacted]&c=d"), ("?access_token=1#x", "?access_token=[redacted]#x"),
      ("/api/v1/media/1?sig=abc", "/api/v1/media/1?sig=[redacted]"), ("redis://user:pa:ss@host/0", "redis://user:[redacted]@host/0"),
    ])
  func forms(text: String, expected: String) {
    #expect(Redactor().redact(text) == expected)
  }

  @Test(
    "what only looks alike stays",
    arguments: [
      "the bearer of news", "eyJ is a prefix", "a:b@c", "https://host:8080/x", "?page=2&sort=up", "forebearer abcdefghijk", "", "basic",
      "https://host/a:b@c", "conversation:cnv_01",
    ])
  func lookalikes(text: String) {
    #expect(Redactor().redact(text) == text)
  }

  @Test("a registered secret never appears: in values, messages, errors, keys' neighbours, or percent-encoded")
  func canaries() {
    struct Leak: Error { let text: String }
    let kept = KeptLines()
    let secrets = ["canary-1234", "s3cr3t/with+signs=", "nested canary-1234 longer", "çanário-🙂", "quote\"back\\slash"]
    for secret in secrets { kept.redactor.register(secret) }
    for secret in secrets {
      kept.logger().error(
        "m \(secret) m", error: Leak(text: secret),
        metadata: ["a": "x\(secret)y\(secret)", "b": [["c": "\(secret)"]], "d": .stringConvertible(Text(secret))])
      kept.logger(format: .human).error("m \(secret)", metadata: ["a": "x\(secret)y"])
      #expect(!kept.redactor.redact(secret).contains(secret))
    }
    #expect(kept.redactor.redact("/x?y=s3cr3t%2Fwith%2Bsigns%3D") == "/x?y=[redacted]")
    for line in kept.lines { for secret in secrets { #expect(!line.contains(secret), "\(line)") } }
    #expect(kept.lines.allSatisfy { $0.contains(Redactor.mark) && !$0.contains("canary") && !$0.contains("s3cr3t") })
  }

  @Test("a text of nothing but secrets, and one that ends in half a secret, are handled to the last byte")
  func edges() {
    let redactor = Redactor()
    redactor.register("abcdef")
    #expect(redactor.redact("abcdefabcdef") == "[redacted][redacted]")
    #expect(redactor.redact("abcdeabcdef") == "abcde[redacted]")
    #expect(redactor.redact("xabcde") == "xabcde")
    redactor.register("abc")
    #expect(redactor.redact("abc") == "abc")
  }

  private struct Text: CustomStringConvertible, Sendable {
    let description: String

    init(_ text: String) { description = text }
  }
}
