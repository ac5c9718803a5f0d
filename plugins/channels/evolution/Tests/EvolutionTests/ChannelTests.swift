import HubPluginSDK
import HubTesting
import OrderedJSON
import Synchronization
import Testing

@testable import Evolution

/// The shell over the real C tables, against a host in memory.
@Suite(.timeLimit(.minutes(5))) struct ChannelTests {
  @Test("start claims the path and what is below it, without the hub's own access control")
  func routes() async throws {
    let host = try await TestWebhook.host()
    #expect(host.state.withLock { $0.routes } == [.init("*", TestWebhook.path), .init("*", TestWebhook.path + "/*")])
    #expect(host.state.withLock { $0.health } == [.ok])
    try await host.stop()
  }

  @Test(
    "a delivery is taken on the path and with the event appended to it, and the body says which event it is",
    arguments: ["", "/", "/messages-upsert", "/connection-update", "/send-message", "/group-participants-update?x=1"])
  func paths(_ suffix: String) async throws {
    let host = try await TestWebhook.host()
    let answer = await TestWebhook.post(host, TestWebhook.message(), to: TestWebhook.path + suffix, cause: "00-trace")
    #expect(answer == .init(status: 200, headers: [:], body: ""))
    let event = try #require(host.state.withLock { $0.events.first })
    #expect(
      [event.kind, event.id, event.account, event.conversation, event.cause] == [
        "message.created", "3A5C", "loja-centro", "5511991230001", "00-trace",
      ])
    #expect(event.timeMilliseconds == 1_767_625_200_000)
    #expect(host.metric("evolution_events_total", "message.created") == 1)
  }

  @Test("deeper paths are 404 and other methods 405 with Allow")
  func refusedRequests() async throws {
    let host = try await TestWebhook.host()
    #expect(await TestWebhook.post(host, TestWebhook.message(), to: TestWebhook.path + "/a/b").status == 404)
    for method in ["GET", "PUT", "DELETE", "PATCH"] {
      #expect(await host.request(method, TestWebhook.path) == .init(status: 405, headers: ["Allow": "POST"], body: ""))
    }
    #expect(host.state.withLock { $0.events.isEmpty })
  }

  @Test("the answer waits until the journal is synced")
  func waitsForJournal() async throws {
    let host = try await TestWebhook.host()
    host.state.withLock { $0.journal = .held }
    async let answer = TestWebhook.post(host, TestWebhook.message())
    while host.state.withLock({ $0.heldEmits == 0 }) { await Task.yield() }
    #expect(host.state.withLock { $0.openRequests } == 1)
    host.releaseEvents()
    #expect(await answer.status == 200)
  }

  @Test("what is not in the journal is answered 503, which Evolution repeats", arguments: [FakeHost.Journal.busy, .failing])
  func unavailable(_ journal: FakeHost.Journal) async throws {
    let host = try await TestWebhook.host()
    host.state.withLock { $0.journal = journal }
    #expect(await TestWebhook.post(host, TestWebhook.message()) == .init(status: 503, headers: ["Retry-After": "5"], body: ""))
    #expect(host.metric("evolution_events_total", "message.created") == 0)
    host.state.withLock { $0.journal = .durable }
    #expect(await TestWebhook.post(host, TestWebhook.message()).status == 200)
    #expect(host.metric("evolution_events_total", "message.created") == 1)
  }

  @Test("a hundred parallel deliveries of one message are one row")
  func duplicates() async throws {
    let host = try await TestWebhook.host()
    let statuses = await withTaskGroup(of: Int32.self) { group in
      for _ in 0..<100 { group.addTask { await TestWebhook.post(host, TestWebhook.message()).status } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(statuses == Array(repeating: 200, count: 100))
    #expect(host.state.withLock { $0.events.count } == 1)
  }

  @Test("what is no envelope is 400, which Evolution never repeats; null data is 200")
  func malformed() async throws {
    let host = try await TestWebhook.host()
    #expect(await TestWebhook.post(host, Array("{".utf8)).status == 400)
    #expect(await TestWebhook.post(host, Array("[]".utf8)).status == 400)
    #expect(await TestWebhook.post(host, TestWebhook.envelope("messages.upsert", .null)).status == 200)
    #expect(await TestWebhook.post(host, TestWebhook.envelope("logout.instance", .null)).status == 200)
    #expect(host.state.withLock { $0.events.map(\.kind) } == ["channel.state"])
  }

  @Test("a body of 20 MB with its video inline is taken, and the event says how long the video is")
  func largeBody() async throws {
    let host = try await TestWebhook.host()
    let inline = String(repeating: "AAAA", count: 5 << 20)
    let body = TestWebhook.envelope(
      "messages.upsert",
      [
        "key": ["remoteJid": "5511991230001@s.whatsapp.net", "id": "V"],
        "message": ["videoMessage": ["mimetype": "video/mp4"], "base64": .string(inline)],
      ])
    #expect(await TestWebhook.post(host, body).status == 200)
    let event = try #require(host.state.withLock { $0.events.first })
    #expect(event.body.count < 2048)
    #expect(try JSONValue(parsing: event.body)["message"]?["media"]?["inlineBytes"] == 15_728_640)
  }

  @Test("a history with more than a million bytes written one by one is taken; more values than it can have are 400 and counted as that")
  func manyValues() async throws {
    let host = try await TestWebhook.host()
    let thumbnail = (0..<6000).map { "\"\($0)\":\($0 % 256)" }.joined(separator: ",")
    let elements = (0..<190).map { number -> String in
      let key = #"{"remoteJid":"5511991230001@s.whatsapp.net","id":"P\#(number)"}"#
      let image = #"{"mimetype":"image/jpeg","jpegThumbnail":{\#(thumbnail)}}"#
      return #"{"key":\#(key),"message":{"imageMessage":\#(image)},"messageTimestamp":1700000000}"#
    }
    func body(_ data: String) -> [UInt8] { Array(#"{"event":"messages.set","instance":"loja-centro","data":[\#(data)]}"#.utf8) }
    #expect(await TestWebhook.post(host, body(elements.joined(separator: ","))).status == 200)
    let events = host.state.withLock { $0.events }
    #expect(events.count == 190)
    #expect(events.allSatisfy { $0.kind == "history" && $0.body.count < 1024 })
    #expect(await TestWebhook.post(host, body(String(repeating: "0,", count: EnvelopeParser.maxValues) + "0")).status == 400)
    #expect(host.metric("evolution_dropped_total", "too_many_values") == 1)
    #expect(host.metric("evolution_dropped_total", "malformed_body") == 0)
    #expect(host.metric("evolution_requests_total", "malformed") == 1)
  }

  @Test("what an envelope has gaps in is logged once a minute for each reason, and counted each time")
  func gaps() async throws {
    let host = try await TestWebhook.host()
    for _ in 0..<5 { #expect(await TestWebhook.post(host, TestWebhook.envelope("messages.upsert", [7, "x"])).status == 200) }
    for _ in 0..<5 { #expect(await TestWebhook.post(host, Array("{".utf8)).status == 400) }
    #expect(host.metric("evolution_dropped_total", "malformed_element") == 10)
    #expect(host.metric("evolution_dropped_total", "malformed_body") == 5)
    let reasons = host.state.withLock {
      $0.log.filter { $0.message == "part of an envelope gave no event" }.map { $0.fields["reason"]?.string }
    }
    #expect(reasons == ["malformed_element", "malformed_body"])
  }

  @Test("events of an instance that is not configured are 200, counted, and named once in the log")
  func unknownInstance() async throws {
    let host = try await TestWebhook.host()
    for id in ["A", "B"] { #expect(await TestWebhook.post(host, TestWebhook.message(id, instance: "alheia")).status == 200) }
    #expect(host.state.withLock { $0.events.isEmpty })
    #expect(host.metric("evolution_dropped_total", "unknown_instance") == 2)
    #expect(host.state.withLock { $0.log.filter { $0.fields["instance"]?.string == "alheia" }.count } == 1)
  }

  @Test("the server's own failures are logged without its keys")
  func serverError() async throws {
    let host = try await TestWebhook.host()
    let body = try Case.bytes("envelope-error.json")
    for _ in 0..<3 { #expect(await TestWebhook.post(host, body).status == 200) }
    #expect(host.metric("evolution_server_errors_total") == 3)
    let log = host.state.withLock { $0.log }
    #expect(log.filter { $0.message == "the server reports a failure of its own" }.count == 1)
    #expect("\(log.map(\.fields))".contains("GLOBAL-KEY") == false)
  }

  @Test("a state that was told already is told once, and one that was not stored is told again")
  func repeatedStates() async throws {
    let host = try await TestWebhook.host()
    func tell(_ word: JSONValue, _ instance: String = "loja-centro") async -> Int32 {
      await TestWebhook.post(host, TestWebhook.envelope("connection.update", ["state": word, "statusReason": 200], instance: instance))
        .status
    }
    host.state.withLock { $0.journal = .busy }
    #expect(await tell("connecting") == 503)
    host.state.withLock { $0.journal = .durable }
    for _ in 0..<5 { #expect(await tell("connecting") == 200) }
    #expect(await tell("connecting", "oficina_e9f2ed4d") == 200)
    #expect(await tell("open") == 200)
    let states = host.state.withLock { $0.events.map { "\($0.account) \($0.kind)" } }
    #expect(states == ["loja-centro channel.state", "oficina_e9f2ed4d channel.state", "loja-centro channel.state"])
    #expect(host.metric("evolution_dropped_total", "repeated_state") == 4)
  }

  @Test("a state that comes back while another is on its way to disk is stored after it, and repeated only once both are there")
  func returningState() async throws {
    let host = try await TestWebhook.host()
    #expect(await tell("open", to: host) == 200)
    host.state.withLock { $0.journal = .held }
    async let closed = tell("close", to: host)
    while host.state.withLock({ $0.heldEmits < 1 }) { await Task.yield() }
    async let reopened = tell("open", to: host)
    // One that is dropped is answered and counted, and never waits.
    while host.state.withLock({ $0.heldEmits < 2 }), host.metric("evolution_dropped_total", "repeated_state") == 0 { await Task.yield() }
    host.releaseEvents()
    #expect(await [closed, reopened] == [200, 200])
    #expect(try Self.states(in: host) == ["open", "close", "open"])
    host.state.withLock { $0.journal = .durable }
    #expect(await tell("open", to: host) == 200)
    #expect(try Self.states(in: host) == ["open", "close", "open"])
    #expect(host.metric("evolution_dropped_total", "repeated_state") == 1)
  }

  @Test("when a state on its way is not stored, the one before is told again")
  func lostState() async throws {
    let host = try await TestWebhook.host()
    #expect(await tell("open", to: host) == 200)
    host.state.withLock { $0.journal = .failing }
    #expect(await tell("close", to: host) == 503)
    host.state.withLock { $0.journal = .durable }
    #expect(await tell("close", to: host) == 200)
    #expect(await tell("open", to: host) == 200)
    #expect(try Self.states(in: host).suffix(2) == ["close", "open"])
    #expect(host.metric("evolution_dropped_total", "repeated_state") == 0)
  }

  /// Each as a state of its own second, for the journal knows what is sent again.
  private func tell(_ word: String, to host: FakeHost) async -> Int32 {
    let second = Self.seconds.add(1, ordering: .relaxed).newValue
    let envelope: JSONValue = [
      "event": "connection.update", "instance": "loja-centro", "data": ["state": .string(word), "statusReason": 200],
      "date_time": .string("2026-01-05T12:00:00.\(second)Z"),
    ]
    return await TestWebhook.post(host, envelope.serialized()).status
  }

  private static let seconds = Atomic(100)

  private static func states(in host: FakeHost) throws -> [String?] {
    try host.state.withLock { $0.events }.map { try JSONValue(parsing: $0.body)["state"]?["state"]?.string }
  }

  @Test("typing that nobody ends ends by itself, once")
  func typingLapses() async throws {
    let host = try await TestWebhook.host()
    let typing = TestWebhook.envelope(
      "presence.update",
      ["id": "5511991230001@s.whatsapp.net", "presences": ["5511991230001@s.whatsapp.net": ["lastKnownPresence": "composing"]]])
    #expect(await TestWebhook.post(host, typing).status == 200)
    host.fireTimer()
    let told = host.state.withLock { $0.events.map { (try? JSONValue(parsing: $0.body))?["typing"]?["isTyping"] } }
    #expect(told == [true, false])
  }

  @Test("a history of thousands reaches the journal in batches")
  func batches() async throws {
    let host = try await TestWebhook.host()
    let elements = (0..<2500).map { number -> JSONValue in
      [
        "key": ["remoteJid": "5511991230001@s.whatsapp.net", "id": .string("H\(number)")], "message": ["conversation": "oi"],
        "messageTimestamp": 1_700_000_000,
      ]
    }
    #expect(await TestWebhook.post(host, TestWebhook.envelope("messages.set", .array(elements))).status == 200)
    #expect(host.state.withLock { $0.batches } == [1024, 1024, 452])
    #expect(host.state.withLock { Set($0.events.map(\.kind)) } == ["history"])
  }

  @Test("no text, key or code of an envelope reaches the log")
  func quietLog() async throws {
    let host = try await TestWebhook.host()
    for name in Case.all { _ = await TestWebhook.post(host, try Case.bytes("\(name).json")) }
    let log = host.state.withLock { $0.log.map { "\($0.message) \($0.fields)" } }.joined(separator: "\n")
    for word in ["NEVER", "never", "2@abcdef", "iVBORw0KGgo", "WZYEH1YY", "Bom dia", "Marina", "5511991230001"] {
      #expect(log.contains(word) == false, "\(word)")
    }
  }
}
