import HubPluginSDK
import HubTesting
import OrderedJSON
import Synchronization
import Testing

@testable import Evolution

/// Who may deliver.
@Suite struct CredentialsTests {
  private static var now: Int64 { HubClock.wall() / 1000 }

  private func post(_ host: FakeHost, _ headers: [(String, String)], _ query: String = "") async -> Int32 {
    await TestWebhook.post(host, TestWebhook.message(), headers: headers, to: TestWebhook.path + query).status
  }

  private func bearer(_ token: String) -> [(String, String)] { [("authorization", "Bearer \(token)")] }

  @Test("the secret in the header lets a delivery in, each of several, and a rotated one from the next request on")
  func header() async throws {
    let host = try await TestWebhook.host()
    #expect(await post(host, [("X-Webhook-Secret", "s1")]) == 200)
    #expect(await post(host, [("x-webhook-secret", "s0")]) == 200)
    host.state.withLock { $0.secrets["secret://file/old"] = "s2" }
    #expect(await post(host, [("x-webhook-secret", "s0")]) == 401)
    #expect(await post(host, [("x-webhook-secret", "s2")]) == 200)
  }

  @Test("a header of another name is taken when the configuration says so, and then the default is not")
  func otherHeader() async throws {
    let host = try await TestWebhook.host { $0["webhook_header"] = "X-Evo" }
    #expect(await post(host, [("x-evo", "s1")]) == 200)
    #expect(await post(host, [("x-webhook-secret", "s1")]) == 401)
  }

  @Test("a token made of the secret lets a delivery in, also with a retry's age")
  func token() async throws {
    let host = try await TestWebhook.host()
    for age: Int64 in [0, 599, 601, 600 + 29 * 60] {
      #expect(await post(host, bearer(TestWebhook.token(issued: Self.now - age))) == 200, "\(age)")
    }
    #expect(await post(host, bearer(TestWebhook.token("s0", issued: Self.now))) == 200)
  }

  @Test("a token that is too old, from the future, of another maker or another algorithm does not")
  func badTokens() async throws {
    let host = try await TestWebhook.host()
    let good = TestWebhook.token(issued: Self.now)
    let none = TestWebhook.token(header: ["alg": "none"], issued: Self.now)
    let bad = [
      TestWebhook.token("guess", issued: Self.now), TestWebhook.token(issued: Self.now - 600 - 31 * 60),
      TestWebhook.token(issued: Self.now + 3600), TestWebhook.token(issued: Self.now, app: "other"),
      TestWebhook.token(issued: Self.now, action: "login"), none, none.split(separator: ".").dropLast().joined(separator: ".") + ".",
      TestWebhook.token(header: ["alg": "HS512"], issued: Self.now), String(good.dropLast()), good + "A", "a.b.c", "", "s1",
      good + "." + good,
    ]
    for token in bad { #expect(await post(host, bearer(token)) == 401, "\(token)") }
    #expect(host.state.withLock { $0.events.isEmpty })
  }

  @Test("nothing, something wrong or an empty secret is 401; nothing is stored, one line is logged, and nothing of the body in it")
  func refused() async throws {
    let host = try await TestWebhook.host()
    for headers in [[], [("x-webhook-secret", "")], [("x-webhook-secret", "S1")], [("x-webhook-secret", "s1 ")], [("authorization", "s1")]]
    {
      #expect(await post(host, headers) == 401)
    }
    #expect(host.state.withLock { $0.events.isEmpty })
    #expect(host.metric("evolution_requests_total", "bad_credentials") == 5)
    let log = host.state.withLock { $0.log.filter { $0.level == .warning }.map { "\($0.message) \($0.fields)" } }
    #expect(log.count == 1)
    #expect(log.joined().contains("5511991230001") == false)
  }

  @Test("what is no JSON is not looked at without the secret")
  func secretBeforeParsing() async throws {
    let host = try await TestWebhook.host()
    #expect(await TestWebhook.post(host, Array("{".utf8), headers: []).status == 401)
    #expect(host.metric("evolution_dropped_total", "malformed_body") == 0)
  }

  @Test("the secret in the URL counts only when the configuration names the parameter")
  func query() async throws {
    let closed = try await TestWebhook.host()
    #expect(await post(closed, [], "?secret=s1") == 401)
    let host = try await TestWebhook.host { $0["webhook_query"] = "secret" }
    for query in ["?secret=s1", "?a=1&secret=%731", "/messages-upsert?secret=s0"] {
      #expect(await post(host, [], query) == 200, "\(query)")
    }
    for query in ["?secret=s", "?Secret=s1", "?secret=s1&secret=s1", "?secret", ""] {
      #expect(await post(host, [], query) == 401, "\(query)")
    }
  }

  @Test("without any readable secret the answer is 503, so that Evolution comes again")
  func lostSecrets() async throws {
    let host = try await TestWebhook.host()
    host.state.withLock { $0.secrets = [:] }
    #expect(await post(host, [("x-webhook-secret", "s1")]) == 503)
  }

  @Test("while one of several secrets cannot be read, what does not fit the others is 503: it may be that one that was meant")
  func lostSecret() async throws {
    let host = try await TestWebhook.host()
    host.state.withLock { $0.secrets["secret://file/new"] = nil }
    #expect(await post(host, [("x-webhook-secret", "s1")]) == 503)
    #expect(await post(host, bearer(TestWebhook.token(issued: Self.now))) == 503)
    #expect(await post(host, [("x-webhook-secret", "s0")]) == 200)
    #expect(await post(host, []) == 401)
    host.state.withLock { $0.secrets["secret://file/new"] = "s1" }
    #expect(await post(host, [("x-webhook-secret", "s1")]) == 200)
    #expect(await post(host, [("x-webhook-secret", "s2")]) == 401)
    #expect(host.metric("evolution_requests_total", "bad_credentials") == 2)
    #expect(host.metric("evolution_requests_total", "unavailable") == 2)
  }

  @Test("signature off takes a delivery from anybody and says so at start")
  func off() async throws {
    let host = try await TestWebhook.host { $0["signature"] = false }
    #expect(await post(host, []) == 200)
    #expect(host.state.withLock { $0.log.first?.message } == "webhooks are taken from anybody")
  }
}
