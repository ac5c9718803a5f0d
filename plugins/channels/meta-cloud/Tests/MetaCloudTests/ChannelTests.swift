import HubPluginSDK
import HubTesting
import OrderedJSON
import Synchronization
import Testing

@testable import MetaCloud

/// The shell over the real C tables, against a host in memory.
@Suite(.timeLimit(.minutes(5))) struct ChannelTests {
  static let path = "/webhooks/whatsapp"
  static let body = Array(
    #"""
    {"object":"whatsapp_business_account","entry":[{"id":"203948571209384","changes":[{"field":"messages","value":{"metadata":
    {"display_phone_number":"5511940001000","phone_number_id":"118273645509812"},"messages":[{"from":"5511991230001","id":"wamid.A",
    "timestamp":"1767625200","type":"text","text":{"body":"Ol\u00e1 https:\/\/x"}}]}}]}]}
    """#.utf8)

  func host(_ change: (inout JSONObject) -> Void = { _ in }) async throws -> FakeHost {
    let host = FakeHost()
    host.state.withLock {
      $0.secrets = [
        "secret://file/token": "verify me", "secret://file/token2": "me too", "secret://file/secret": "s1", "secret://file/old": "s0",
      ]
    }
    var config: JSONObject = [
      "path": .string(Self.path), "verify_token": ["secret://file/token", "secret://file/token2"],
      "app_secret": ["secret://file/secret", "secret://file/old"], "accounts": ["118273645509812": [:]],
    ]
    change(&config)
    try host.load(MetaCloudChannel.self, as: "meta-main", config: .object(config))
    try await host.start()
    return host
  }

  func post(_ host: FakeHost, _ body: [UInt8] = body, secret: String? = "s1", cause: String = "cause-1") async -> FakeHost.Response {
    let signature = secret.flatMap { Signature.header(body: body, secret: Array($0.utf8)) }
    return await host.request("POST", Self.path, headers: signature.map { [("x-hub-signature-256", $0)] } ?? [], body: body, cause: cause)
  }

  @Test("start claims the configured path for every method without the hub's own access control")
  func routes() async throws {
    let host = try await host()
    #expect(host.state.withLock { $0.routes } == [FakeHost.Route("*", Self.path)])
    #expect(host.state.withLock { $0.health } == [.ok])
    try await host.stop()
  }

  @Test("the challenge comes back verbatim as plain text", arguments: ["verify%20me", "me+too"])
  func verifies(_ token: String) async throws {
    let answer = try await host().request("GET", Self.path + "?hub.mode=subscribe&hub.challenge=0001158201444&hub.verify_token=\(token)")
    #expect(answer.status == 200)
    #expect(answer.body == "0001158201444")
    #expect(answer.headers["Content-Type"] == "text/plain")
  }

  @Test("a wrong token is 403, an incomplete question 400, another method 405 with Allow; none has a body")
  func refusals() async throws {
    let host = try await host()
    let wrong = await host.request("GET", Self.path + "?hub.mode=subscribe&hub.challenge=1&hub.verify_token=guess")
    #expect(wrong == .init(status: 403, headers: [:], body: ""))
    #expect(await host.request("GET", Self.path) == .init(status: 400, headers: [:], body: ""))
    for method in ["PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"] {
      #expect(await host.request(method, Self.path) == .init(status: 405, headers: ["Allow": "GET, POST"], body: ""))
    }
    #expect(host.metric("meta_requests_total", "bad_token") == 1)
  }

  @Test("a signed delivery is handed to the journal with its cause and answered by an empty 200")
  func accepts() async throws {
    let host = try await host()
    #expect(await post(host, cause: "00-trace") == .init(status: 200, headers: [:], body: ""))
    let event = try #require(host.state.withLock { $0.events.first })
    #expect(
      [event.kind, event.id, event.account, event.conversation, event.cause] == [
        "message.created", "wamid.A", "118273645509812", "5511991230001", "00-trace",
      ])
    #expect(event.timeMilliseconds == 1_767_625_200_000)
    #expect(try JSONValue(parsing: event.body)["message"]?["text"]?.string == "Olá https://x")
    #expect(host.metric("meta_events_total", "message.created") == 1)
  }

  @Test("the answer waits until the journal is synced")
  func waitsForJournal() async throws {
    let host = try await host()
    host.state.withLock { $0.journal = .held }
    async let answer = post(host)
    while host.state.withLock({ $0.heldEmits == 0 }) { await Task.yield() }
    #expect(host.state.withLock { $0.openRequests } == 1)
    host.releaseEvents()
    #expect(await answer.status == 200)
  }

  @Test("what is not in the journal is not acknowledged", arguments: [FakeHost.Journal.busy, .failing])
  func unavailable(_ journal: FakeHost.Journal) async throws {
    let host = try await host()
    host.state.withLock { $0.journal = journal }
    #expect(await post(host) == .init(status: 503, headers: ["Retry-After": "5"], body: ""))
    host.state.withLock { $0.journal = .durable }
    #expect(await post(host).status == 200)
    #expect(host.metric("meta_requests_total", "unavailable") == 1)
  }

  @Test("a wrong, missing or doubled signature is 401; nothing is stored, and nothing of the body is logged")
  func badSignature() async throws {
    let host = try await host()
    #expect(await post(host, secret: "guess").status == 401)
    #expect(await post(host, secret: nil).status == 401)
    let good = try #require(Signature.header(body: Self.body, secret: Array("s1".utf8)))
    let twice = await host.request(
      "POST", Self.path, headers: [("X-Hub-Signature-256", good), ("x-hub-signature-256", good)], body: Self.body)
    #expect(twice.status == 401)
    let old = await host.request("POST", Self.path, headers: [("X-Hub-Signature", "sha1=00"), ("x-other", good)], body: Self.body)
    #expect(old.status == 401)
    #expect(host.state.withLock { $0.events.isEmpty })
    let log = host.state.withLock { $0.log.map { "\($0.message) \($0.fields)" } }.joined()
    #expect(log.contains("wamid.A") == false && log.contains("5511991230001") == false)
    #expect(host.metric("meta_signature_failures_total") == 4)
    #expect(host.state.withLock { $0.log.count } == 1)
  }

  @Test("a bad signature on a body that is no JSON is 401 as well: it is not parsed")
  func signatureBeforeParsing() async throws {
    let host = try await host()
    #expect(await post(host, Array("{".utf8), secret: "guess").status == 401)
    #expect(host.metric("meta_dropped_total", "malformed_body") == 0)
  }

  @Test("each of several secrets signs, and a rotated one counts from the next request on")
  func secrets() async throws {
    let host = try await host()
    #expect(await post(host, secret: "s0").status == 200)
    host.state.withLock { $0.secrets["secret://file/old"] = "s2" }
    #expect(await post(host, secret: "s0").status == 401)
    #expect(await post(host, secret: "s2").status == 200)
    host.state.withLock { $0.secrets["secret://file/secret"] = nil }
    #expect(await post(host, secret: "s2").status == 200)
  }

  @Test("without any readable secret or token the answer is 503, so that Meta comes again")
  func lostSecrets() async throws {
    let host = try await host()
    host.state.withLock { $0.secrets = [:] }
    #expect(await post(host).status == 503)
    #expect(await host.request("GET", Self.path + "?hub.mode=subscribe&hub.challenge=1&hub.verify_token=x").status == 503)
  }

  @Test("signature off takes an unsigned body and says so at start")
  func signatureOff() async throws {
    let host = try await host { $0["signature"] = false }
    #expect(await post(host, secret: nil).status == 200)
    #expect(host.state.withLock { $0.log.first?.message } == "webhook signatures are not checked")
  }

  @Test(
    "signed bodies without an event are answered 200 and counted",
    arguments: [
      ("not json", "malformed_body"), (#"{"object":"page","entry":[]}"#, "foreign_object"), (#"{"entry":[7]}"#, "malformed_element"),
      (#"{"object":"whatsapp_business_account","entry":[]}"#, ""),
    ])
  func nothingToStore(_ body: String, _ reason: String) async throws {
    let host = try await host()
    #expect(await post(host, Array(body.utf8)).status == 200)
    #expect(host.metric("meta_dropped_total", reason) == (reason.isEmpty ? 0 : 1))
    #expect(host.state.withLock { $0.events.isEmpty })
  }

  @Test("one message in a hundred parallel deliveries is one row, and every delivery is acknowledged")
  func case10_parallelDuplicates() async throws {
    let host = try await host()
    let statuses = await withTaskGroup(of: Int32.self) { group in
      for _ in 0..<100 { group.addTask { await post(host).status } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(statuses == Array(repeating: 200, count: 100))
    #expect(host.state.withLock { $0.events.count } == 1)
  }

  @Test("three entries of three changes with messages and statuses reach the journal as one batch, in the order of the body")
  func case11_entriesAndChanges() async throws {
    let host = try await host()
    let changes = (0..<9).map { number in
      let message = #"{"from":"5511991230001","id":"wamid.M\#(number)","timestamp":"1","type":"text","text":{"body":"x"}}"#
      let status = #"{"id":"wamid.S\#(number)","status":"sent","timestamp":"1","recipient_id":"5511991230001"}"#
      return
        #"{"field":"messages","value":{"metadata":{"phone_number_id":"118273645509812"},"messages":[\#(message)],"statuses":[\#(status)]}}"#
    }
    let entries = (0..<3).map { #"{"id":"\#($0)","changes":[\#(changes[$0 * 3..<$0 * 3 + 3].joined(separator: ","))]}"# }
    let body = Array(#"{"object":"whatsapp_business_account","entry":[\#(entries.joined(separator: ","))]}"#.utf8)
    host.state.withLock { $0.journal = .failing }
    #expect(await post(host, body).status == 503)
    host.state.withLock { $0.journal = .durable }
    #expect(await post(host, body).status == 200)
    #expect(host.state.withLock { $0.batches } == [18, 18])
    let wanted = (0..<9).flatMap { ["wamid.M\($0)", "wamid.S\($0):sent"] }
    #expect(host.state.withLock { $0.events.map(\.id) } == wanted)
  }

  @Test("a body above the size that is parsed elsewhere is answered the same way")
  func largeBody() async throws {
    let host = try await host()
    let text = String(repeating: "a", count: 3 << 20)
    let body = String(decoding: Self.body, as: UTF8.self).replacing(#"Ol\u00e1 https:\/\/x"#, with: text)
    #expect(await post(host, Array(body.utf8)).status == 200)
    #expect(await post(host, Array(body.utf8), secret: "guess").status == 401)
    #expect(host.state.withLock { $0.events.count } == 1)
  }

  @Test("a history of thousands reaches the journal in batches, and is not acknowledged when one of them fails")
  func batches() async throws {
    let host = try await host()
    let statuses = (0..<2500).map { #"{"id":"wamid.\#($0)","status":"sent","timestamp":"1","recipient_id":"5511991230001"}"# }
    let value = #"{"metadata":{"phone_number_id":"118273645509812"},"statuses":[\#(statuses.joined(separator: ","))]}"#
    let body = Array(#"{"entry":[{"id":"203948571209384","changes":[{"field":"messages","value":\#(value)}]}]}"#.utf8)
    host.state.withLock { $0.journal = .held }
    async let answer = post(host, body)
    while host.state.withLock({ $0.heldEmits == 0 }) { await Task.yield() }
    host.state.withLock { $0.journal = .busy }
    host.releaseEvents()
    #expect(await answer.status == 503)
    host.state.withLock { $0.journal = .durable }
    #expect(await post(host, body).status == 200)
    #expect(host.state.withLock { $0.batches } == [1024, 1024, 1024, 1024, 452])
    #expect(host.state.withLock { $0.events.count } == 2500)
  }

  @Test("an unknown name is logged once and counted every time")
  func unfamiliar() async throws {
    let host = try await host()
    for time in 1...3 {
      let body = #"{"entry":[{"id":"1","time":\#(time),"changes":[{"field":"novelty","value":{"a":1}}]}]}"#
      #expect(await post(host, Array(body.utf8)).status == 200)
    }
    #expect(host.metric("meta_unfamiliar_total", "field") == 3)
    #expect(host.metric("meta_events_total", "unknown") == 3)
    #expect(host.state.withLock { $0.log.filter { $0.fields["name"]?.string == "novelty" }.count } == 1)
  }

  @Test("the business account of a number is learned from its messages")
  func learns() async throws {
    let host = try await host { $0["accounts"] = ["118273645509812": [:], "220011223344556": [:]] }
    let alert = Array(#"{"entry":[{"id":"203948571209384","time":1,"changes":[{"field":"flows","value":{"event":"A"}}]}]}"#.utf8)
    #expect(await post(host, alert).status == 200)
    #expect(host.metric("meta_dropped_total", "ambiguous_account") == 1)
    #expect(await post(host).status == 200)
    #expect(await post(host, alert).status == 200)
    #expect(host.state.withLock { $0.events.filter { $0.kind == "account" }.map(\.account) } == ["118273645509812"])
  }

  @Test("a configuration that cannot work is refused with its reason")
  func refusedConfiguration() {
    let host = FakeHost()
    #expect(throws: HubError(.invalid, "config.verify_token is missing")) {
      try host.load(MetaCloudChannel.self, config: ["path": "/x", "app_secret": "secret://file/secret"])
    }
  }
}
