import HubPluginSDK
import HubTesting
import OrderedJSON
import Synchronization
import Testing

@testable import MetaCloud

/// Sending over the real C tables, against a host in memory that answers for Meta.
@Suite(.timeLimit(.minutes(5))) struct SendingTests {
  static let account = "118273645509812"
  static let messages = "https://graph.example/v23.0/118273645509812/messages"
  static let text: JSONObject = ["type": "text", "text": "oi"]

  /// A host whose Graph API answers by this script.
  func host(
    token: String? = "secret://file/token",
    _ script: @escaping @Sendable (FakeHost.OutboundRequest) -> FakeHost.OutboundAnswer = SendingTests.takes
  ) async throws -> FakeHost {
    let host = FakeHost()
    host.state.withLock { state in
      state.secrets = ["secret://file/token": "EAAG-canary", "secret://file/verify": "v", "secret://file/app": "s"]
      state.outbound = script
    }
    var config: JSONObject = [
      "path": "/webhooks/whatsapp", "verify_token": "secret://file/verify", "app_secret": "secret://file/app",
      "graph_url": "https://graph.example/v23.0", "accounts": ["118273645509812": [:], "220011223344556": [:]],
    ]
    config.add("access_token", text: token)
    try host.load(MetaCloudChannel.self, as: "meta-main", config: .object(config))
    try await host.start()
    return host
  }

  @Sendable static func takes(_ request: FakeHost.OutboundRequest) -> FakeHost.OutboundAnswer {
    if request.url.hasSuffix("/media") { return .json(["id": "771029384756001"]) }
    if request.json["status"] == "read" { return .json(["success": true]) }
    return .json([
      "messaging_product": "whatsapp", "contacts": [["input": "5511991230001", "wa_id": "5511991230001"]],
      "messages": [["id": "wamid.1", "message_status": "accepted"]],
    ])
  }

  static func refusal(_ code: Int64, _ status: Int32 = 400) -> FakeHost.OutboundAnswer {
    .json(["error": ["message": "no", "code": .number(JSONNumber(code)), "error_data": ["details": "why not"]]], status: status)
  }

  /// What an outcome is called.
  static func word(_ outcome: HubOutcome) -> String { outcome.word }

  func requests(_ host: FakeHost) -> [FakeHost.OutboundRequest] { host.state.withLock { $0.outboundRequests } }

  @Test("a message is one request with the token as a handle, and its answer names the message and the recipient")
  func sends() async throws {
    let host = try await host()
    let outcome = await host.send(Self.text, account: Self.account, reference: "msg_7", cause: "00-trace")
    #expect(outcome == .accepted(providerMessageID: "wamid.1", recipient: .init(phone: "5511991230001", key: "5511991230001")))
    let request = try #require(requests(host).first)
    #expect([request.method, request.url, request.cause] == ["POST", Self.messages, "00-trace"])
    #expect(request.header("Authorization") == "Bearer secret://file/token")
    #expect(request.header("content-type") == "application/json")
    #expect(request.isForeign == false)
    #expect(request.json["biz_opaque_callback_data"] == "hub:msg_7")
    #expect(requests(host).count == 1)
    #expect(host.metric("meta_attempts_total", "message", "accepted") == 1)
  }

  @Test("a file goes to the provider first, streamed by the hub, and the message names it by the provider's id")
  func uploads() async throws {
    let host = try await host()
    let media: JSONObject = ["upload": "med_1", "mimeType": "image/png", "fileName": "a.png"]
    #expect(Self.word(await host.send(["type": "image", "media": .object(media), "caption": "foto"], account: Self.account)) == "accepted")
    let requests = requests(host)
    try #require(requests.count == 2)
    #expect(requests[0].url == "https://graph.example/v23.0/118273645509812/media")
    #expect(requests[0].parts.contains(.upload("med_1")))
    let boundary = try #require(requests[0].header("Content-Type")?.split(separator: "boundary=").last)
    let form = String(decoding: requests[0].body, as: UTF8.self)
    #expect(form.hasPrefix("--\(boundary)\r\n") && form.hasSuffix("\r\n--\(boundary)--\r\n"))
    #expect(requests[1].json["image"] == ["id": "771029384756001", "caption": "foto"])
  }

  @Test("a file is uploaded once for many messages of a number, and again after a message with it was refused")
  func uploadsOnce() async throws {
    let host = try await host()
    let image: JSONObject = ["type": "image", "media": ["upload": "med_1", "mimeType": "image/png"]]
    func uploads() -> Int { requests(host).filter { $0.url.hasSuffix("/media") }.count }
    for _ in 0..<3 { #expect(Self.word(await host.send(image, account: Self.account)) == "accepted") }
    #expect(uploads() == 1)
    #expect(Self.word(await host.send(image, account: "220011223344556")) == "accepted")
    #expect(uploads() == 2)
    host.state.withLock { $0.outbound = { $0.url.hasSuffix("/media") ? Self.takes($0) : Self.refusal(131_053) } }
    #expect(Self.word(await host.send(image, account: Self.account)) == "rejected")
    #expect(uploads() == 2)
    #expect(Self.word(await host.send(image, account: Self.account)) == "rejected")
    #expect(uploads() == 3)
  }

  @Test("a message whose file the provider does not take is not sent")
  func refusedUpload() async throws {
    let host = try await host { $0.url.hasSuffix("/media") ? Self.refusal(131_053) : Self.takes($0) }
    let outcome = await host.send(["type": "image", "media": ["upload": "med_1", "mimeType": "image/png"]], account: Self.account)
    #expect(outcome == .rejected(code: "131053", text: "why not"))
    #expect(requests(host).count == 1)
  }

  @Test("a file that is lost on its way is sent again: of the message nothing has left yet")
  func lostUpload() async throws {
    let host = try await host { _ in .failure(.timeout, wasWritten: true, "timed out") }
    let outcome = await host.send(["type": "image", "media": ["upload": "med_1", "mimeType": "image/png"]], account: Self.account)
    #expect(outcome == .retry(code: "no_answer", text: "timed out"))
  }

  @Test("what the provider would refuse by its limits is refused before anything is sent")
  func limits() async throws {
    let host = try await host()
    let long = String(repeating: "x", count: 4097)
    let outcome = await host.send(["type": "text", "text": .string(long)], account: Self.account)
    #expect(outcome == .rejected(code: "invalid", text: "message.text is longer than 4096 characters"))
    #expect(
      await host.send(["type": "poll", "text": "?", "poll": ["options": ["a"]]], account: Self.account)
        == .rejected(code: "unsupported", text: "the Cloud API has no polls"))
    #expect(requests(host).isEmpty)
  }

  // MARK: Fault case 16

  @Test("provider 500, 429 with Retry-After, timeout, reset: each ends definite or unknown, and nothing is sent twice by itself")
  func case16_answersAndLostAnswers() async throws {
    let limited = HubHTTPResponse(status: 429, headers: [("retry-after", "7")])
    let expected: [(FakeHost.OutboundAnswer, HubOutcome)] = [
      (.response(HubHTTPResponse(status: 500)), .unknown(code: "http_500", text: "the answer is 500 without an error of the Graph API")),
      (
        .response(limited),
        .retry(afterMilliseconds: 7000, scope: .account, code: "http_429", text: "the answer is 429 without an error of the Graph API")
      ),
      (.failure(.timeout, wasWritten: true, "timed out"), .unknown(code: "no_answer", text: "timed out")),
      (.failure(.timeout, wasWritten: false, "timed out"), .retry(code: "unreachable", text: "timed out")),
      (.failure(.failed, wasWritten: true, "reset"), .unknown(code: "no_answer", text: "reset")),
      (.failure(.failed, wasWritten: false, "refused"), .retry(code: "unreachable", text: "refused")),
      (.refused(.busy), .retry(code: "busy", text: "the request was refused")),
    ]
    for (answer, outcome) in expected {
      let host = try await host { _ in answer }
      #expect(await host.send(Self.text, account: Self.account) == outcome)
      #expect(requests(host).count == 1)
    }
  }

  @Test("a Graph API that cannot be reached is one line, whose end is another; the channel is degraded meanwhile and receives")
  func unreachable() async throws {
    let host = try await host { _ in .failure(.failed, wasWritten: false, "connection refused") }
    for _ in 0..<13 {
      #expect(await host.send(Self.text, account: Self.account) == .retry(code: "unreachable", text: "connection refused"))
    }
    let begun = host.state.withLock { state in state.log.map { "\($0.level) \($0.message) \($0.fields)" } }
    #expect(begun == [#"warning the Graph API cannot be reached {"server":"graph.example","reason":"connection refused"}"#])
    #expect(host.state.withLock { $0.health } == [.ok, .degraded])
    // Refused for its own sake: whoever says so was reached.
    host.state.withLock { $0.outbound = { _ in Self.refusal(131_047) } }
    _ = await host.send(Self.text, account: Self.account)
    let last = host.state.withLock { state in state.log.last.map { "\($0.level) \($0.message) \($0.fields)" } }
    #expect(last == #"info the Graph API is reached again {"server":"graph.example","failures":13}"#)
    #expect(host.state.withLock { $0.health } == [.ok, .degraded, .ok])
  }

  @Test("an answer that got lost says nothing of whether the Graph API is there")
  func lostAnswerIsNoOutage() async throws {
    let host = try await host { _ in .failure(.timeout, wasWritten: true, "timed out") }
    _ = await host.send(Self.text, account: Self.account)
    #expect(host.state.withLock { $0.health == [.ok] && $0.log.isEmpty })
  }

  @Test("the end of the adapter in the middle of a send leaves its fate unknown")
  func case16_endOfTheAdapter() async throws {
    let host = try await host { _ in .held }
    async let outcome = host.send(Self.text, account: Self.account)
    while host.state.withLock({ $0.heldOutbound == 0 }) { await Task.yield() }
    host.destroy()
    #expect(Self.word(await outcome) == "unknown")
  }

  @Test("limits of the number hold the account, the limit of a pair its conversation only, 4^n seconds")
  func rates() async throws {
    for code: Int64 in [130_429, 4, 80_007] {
      let host = try await host { _ in Self.refusal(code) }
      #expect(await host.send(Self.text, account: Self.account) == .retry(scope: .account, code: "\(code)", text: "why not"))
    }
    let host = try await host { _ in Self.refusal(131_056) }
    for wait in [1000, 4000, 16_000, 64_000] as [Int64] {
      // The hub's attempts count other waits too, and don't matter.
      let outcome = await host.send(Self.text, account: Self.account, attempt: 9)
      #expect(outcome == .retry(afterMilliseconds: wait, code: "131056", text: "why not"))
    }
  }

  @Test("outside the window a message is refused with the provider's text")
  func window() async throws {
    let host = try await host { _ in Self.refusal(131_047) }
    #expect(await host.send(Self.text, account: Self.account) == .rejected(code: "131047", text: "why not"))
    #expect(host.state.withLock { $0.health } == [.ok])
  }

  // MARK: The token

  @Test("a refused token takes the channel down: one line, one state per number, and a request a second at the most")
  func tokenRefused() async throws {
    let host = try await host { _ in Self.refusal(190, 401) }
    let began = ContinuousClock.now
    for _ in 0..<20 {
      #expect(Self.word(await host.send(Self.text, account: Self.account)) == "down")
    }
    #expect(requests(host).count <= 1 + Int((ContinuousClock.now - began) / .seconds(1)))
    #expect(host.state.withLock { $0.health } == [.ok, .down])
    #expect(host.state.withLock { $0.log.filter { $0.level == .error }.count } == 1)
    let events = host.state.withLock { $0.events }
    #expect(events.map(\.account) == ["118273645509812", "220011223344556"])
    #expect(events.allSatisfy { $0.kind == "channel.state" && (try? JSONValue(parsing: $0.body))?["state"]?["state"] == "close" })
  }

  @Test("a token that was replaced is found without a send, and sending goes on")
  func tokenReplaced() async throws {
    let isValid = Mutex(false)
    let host = try await host { request in isValid.withLock { $0 } ? Self.takes(request) : Self.refusal(190, 401) }
    _ = await host.send(Self.text, account: Self.account)
    #expect(host.state.withLock { $0.timers } == [5000])
    host.fireTimer()
    while host.state.withLock({ $0.timers.count < 2 }) { await Task.yield() }
    #expect(host.state.withLock { $0.health } == [.ok, .down])
    isValid.withLock { $0 = true }
    host.state.withLock { $0.secrets["secret://file/token"] = "another" }
    host.fireTimer()
    while host.state.withLock({ $0.health.count < 3 }) { await Task.yield() }
    #expect(host.state.withLock { $0.health } == [.ok, .down, .ok])
    #expect(Self.word(await host.send(Self.text, account: Self.account)) == "accepted")
    #expect(requests(host).count == 2)
  }

  @Test("a token that cannot be read leaves what is to be sent, and nothing is asked of the provider")
  func unreadableToken() async throws {
    let host = try await host(token: "secret://file/none")
    let outcome = await host.send(Self.text, account: Self.account)
    #expect(outcome == .down(code: "no_token", text: "there is no access token to read"))
    #expect(host.state.withLock { $0.health } == [.ok, .down])
    #expect(requests(host).isEmpty)
  }

  @Test("a channel without a token only receives: a send is refused, and nothing goes down", arguments: [nil, "secret://env/NONE?"])
  func onlyReceives(_ token: String?) async throws {
    let host = try await host(token: token)
    let image: JSONObject = ["type": "image", "media": ["upload": "med_1", "mimeType": "image/png"]]
    for message in [Self.text, image] {
      let outcome = await host.send(message, account: Self.account)
      #expect(outcome == .rejected(code: "unsupported", text: "config.access_token is missing: this channel only receives"))
    }
    #expect(await host.markRead([["providerMessageId": "wamid.A"]], account: Self.account).word == "rejected")
    #expect(host.state.withLock { $0.health == [.ok] && $0.events.isEmpty && $0.log.isEmpty })
    #expect(requests(host).isEmpty)
  }

  @Test("a token that may be missing and is there is used")
  func optionalToken() async throws {
    let host = try await host(token: "secret://file/token?")
    host.state.withLock { $0.secrets["secret://file/token?"] = "EAAG-canary" }
    #expect(Self.word(await host.send(Self.text, account: Self.account)) == "accepted")
  }

  @Test("a number that cannot send leaves the others alone")
  func oneNumber() async throws {
    let host = try await host { $0.url.contains("118273645509812") ? Self.refusal(131_031, 403) : Self.takes($0) }
    #expect(await host.send(Self.text, account: Self.account) == .down(code: "131031", text: "why not"))
    #expect(Self.word(await host.send(Self.text, account: "220011223344556")) == "accepted")
    #expect(host.state.withLock { $0.health } == [.ok, .degraded])
  }

  @Test("the token is in no log line, no event and no outcome")
  func canary() async throws {
    let host = try await host { _ in
      .json(["error": ["message": "Malformed access token EAAG-canary", "code": 190]], status: 401)
    }
    let outcome = await host.send(Self.text, account: Self.account)
    let seen = host.state.withLock { state in
      "\(outcome) \(state.log) \(state.events.map { String(decoding: $0.body, as: UTF8.self) }) \(state.outboundRequests)"
    }
    #expect(seen.contains("canary") == false)
  }

  // MARK: Receipts

  @Test("reading marks the newest message; a lost answer to it is not repeated")
  func reads() async throws {
    let host = try await host()
    let read = await host.markRead([["providerMessageId": "wamid.A"], ["providerMessageId": "wamid.B"]], account: Self.account)
    #expect(read == .accepted(providerMessageID: nil))
    #expect(requests(host).map(\.json) == [["messaging_product": "whatsapp", "status": "read", "message_id": "wamid.B"]])
    host.state.withLock { $0.outbound = { _ in .response(HubHTTPResponse(status: 502)) } }
    #expect(Self.word(await host.markRead([["providerMessageId": "wamid.B"]], account: Self.account)) == "rejected")
  }

  @Test("typing needs a message that came in, and is not asked for again while it is shown")
  func typing() async throws {
    let host = try await host()
    await host.typing(true, account: Self.account, lastInbound: nil)
    await host.typing(false, account: Self.account, lastInbound: "wamid.A")
    await host.typing(true, account: Self.account, lastInbound: "wamid.A")
    await host.typing(true, account: Self.account, lastInbound: "wamid.A")
    while host.metric("meta_typing_total", "sent") < 1 { await Task.yield() }
    let expected: JSONValue = [
      "messaging_product": "whatsapp", "status": "read", "message_id": "wamid.A", "typing_indicator": ["type": "text"],
    ]
    #expect(requests(host).map(\.json) == [expected])
    #expect(host.metric("meta_typing_total", "no_message") == 1 && host.metric("meta_typing_total", "shown") == 1)
  }

  @Test("an indicator that Meta did not take is asked for again when somebody types on")
  func untakenTyping() async throws {
    let host = try await host { _ in .failure(.failed, wasWritten: false, "refused") }
    for count in 1...2 {
      await host.typing(true, account: Self.account, lastInbound: "wamid.A")
      while host.metric("meta_typing_total", "failed") < Double(count) { await Task.yield() }
      #expect(requests(host).count == count)
    }
    host.state.withLock { $0.outbound = Self.takes }
    await host.typing(true, account: Self.account, lastInbound: "wamid.A")
    while host.metric("meta_typing_total", "sent") < 1 { await Task.yield() }
    #expect(host.metric("meta_typing_total", "shown") == 0)
  }

  @Test("a template that Meta takes and holds back is accepted, and said")
  func held() async throws {
    let host = try await host { _ in .json(["messages": [["id": "wamid.1", "message_status": "held_for_quality_assessment"]]]) }
    let template: JSONObject = ["type": "template", "template": ["name": "ola", "language": "pt_BR"]]
    #expect(await host.send(template, account: Self.account) == .accepted(providerMessageID: "wamid.1"))
    #expect(host.state.withLock { $0.log.last?.fields["status"] } == "held_for_quality_assessment")
    #expect(host.metric("meta_attempts_total", "message", "held") == 1)
  }
}
