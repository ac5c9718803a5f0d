import HubModel
import HubPluginSDK
import HubTesting
import OrderedJSON
import Synchronization
import Testing

@testable import Evolution

/// Gaps over the real C tables, against a host in memory that plays the server's database.
@Suite(.timeLimit(.minutes(5))) struct CatchUpTests {
  private static func host(
    complete: [String: String] = [:], _ answer: @escaping @Sendable (FakeHost.OutboundRequest) -> FakeHost.OutboundAnswer,
    _ change: @escaping (inout JSONObject) -> Void = { _ in }
  ) async throws -> FakeHost {
    let host = FakeHost()
    host.state.withLock { state in
      state.secrets = ["secret://file/new": "s1"]
      state.outbound = answer
      for (instance, time) in complete { state.values["complete/" + instance] = Array(time.utf8) }
    }
    var config: JSONObject = [
      "mode": "instance", "url": "http://evo.example:8080", "api_key": "secret://env/KEY", "webhook_secret": "secret://file/new",
      "accounts": ["loja-centro": ["tenant": "norte"], "oficina_e9f2ed4d": ["tenant": "sul"]],
    ]
    change(&config)
    try host.load(EvolutionChannel.self, as: "evo", config: .object(config))
    try await host.start()
    return host
  }

  /// A host that caught up with what came before the first join, which was nothing.
  private static func joined(
    _ answer: @escaping @Sendable (FakeHost.OutboundRequest) -> FakeHost.OutboundAnswer,
    _ change: @escaping (inout JSONObject) -> Void = { _ in }
  ) async throws -> FakeHost {
    let host = try await host({ _ in page() }, change)
    host.change(.joined(namespace: "/loja-centro"))
    await until { host.metric("evolution_gaps_total", "filled") == 1 }
    host.state.withLock { ($0.outbound, $0.outboundRequests) = (answer, []) }
    return host
  }

  private static func page(_ ids: String..., pages: Int64 = 1) -> FakeHost.OutboundAnswer {
    let records = ids.map { id -> JSONValue in
      [
        "id": "cmk01", "key": ["id": .string(id), "fromMe": false, "remoteJid": "5511991230001@s.whatsapp.net"], "pushName": "Marina",
        "messageType": "conversation", "message": ["conversation": "oi"], "messageTimestamp": 1_767_625_200, "MessageUpdate": [],
      ]
    }
    return .json(["messages": ["total": 1, "pages": .number(JSONNumber(pages)), "currentPage": 1, "records": .array(records)]])
  }

  private static func until(_ isSo: () -> Bool) async { while !isSo() { await Task.yield() } }

  private static func ids(_ host: FakeHost) -> [String] {
    host.state.withLock { $0.events.filter { $0.kind == "message.created" }.map { "\($0.account) \($0.id)" } }
  }

  @Test("the first join asks for what came since the start, less a minute: the event that made the namespace came before it")
  func firstJoin() async throws {
    let before = HubClock.wall()
    let host = try await Self.host { _ in Self.page("A") }
    let after = HubClock.wall()
    #expect(host.state.withLock { $0.outboundRequests.isEmpty })
    host.change(.joined(namespace: "/loja-centro"))
    await Self.until { host.metric("evolution_gaps_total", "filled") == 1 }
    #expect(Self.ids(host) == ["loja-centro A"])
    let from = host.state.withLock { $0.outboundRequests.first?.json["where"]?["messageTimestamp"]?["gte"]?.string }
    let bounds = [before, after].map { Timestamp(milliseconds: $0 - 60_000).iso8601 }
    #expect(bounds[0] <= from ?? "" && from ?? "" <= bounds[1])
  }

  @Test("an instance whose namespace was not there before the hub was restarted is caught up with from the first start")
  func firstJoinAfterRestart() async throws {
    let before = HubClock.wall()
    let host = try await Self.host { _ in Self.page() }
    let after = HubClock.wall()
    try await host.stop()
    let kept = try #require(host.state.withLock { $0.values["complete/loja-centro"].map { String(decoding: $0, as: UTF8.self) } })
    let start = try #require(Int64(kept))
    #expect((before...after).contains(start))
    await Self.until { HubClock.wall() > after }
    let next = try await Self.host(complete: ["loja-centro": kept]) { _ in Self.page("A") }
    next.change(.joined(namespace: "/loja-centro"))
    await Self.until { next.metric("evolution_gaps_total", "filled") == 1 }
    #expect(Self.ids(next) == ["loja-centro A"])
    let from = next.state.withLock { $0.outboundRequests.first?.json["where"]?["messageTimestamp"]?["gte"]?.string }
    #expect(from == Timestamp(milliseconds: start - 60_000).iso8601)
  }

  @Test("what lies between two connections is asked for, oldest first, and stored once")
  func reconnects() async throws {
    let host = try await Self.joined { _ in Self.page("B", "A") }
    host.change(.disconnected(reason: "lost", text: "the connection was lost", status: nil, retryMilliseconds: 1000))
    host.change(.joined(namespace: "/loja-centro"))
    await Self.until { host.metric("evolution_gaps_total", "filled") == 2 }
    #expect(Self.ids(host) == ["loja-centro A", "loja-centro B"])
    #expect(host.metric("evolution_caught_up_events_total") == 2)
    let request = try #require(host.state.withLock { $0.outboundRequests.first })
    #expect(request.url == "http://evo.example:8080/chat/findMessages/loja-centro" && request.header("apikey") == "secret://env/KEY")
    let bounds = request.json["where"]?["messageTimestamp"]
    #expect(bounds?["gte"] != nil && bounds?["lte"] != nil && request.json["page"] == 1 && request.json["offset"] == 100)
    host.change(.left(namespace: "/loja-centro", retryMilliseconds: 1000))
    host.change(.joined(namespace: "/loja-centro"))
    await Self.until { host.metric("evolution_gaps_total", "filled") == 3 }
    #expect(Self.ids(host).count == 2, "known by their keys")
    #expect(host.metric("evolution_caught_up_events_total") == 2)
  }

  @Test("a restart catches up from what was kept, less a minute, and keeps how far it came")
  func restarts() async throws {
    let before = HubClock.wall() - 3_600_000
    let host = try await Self.host(complete: ["loja-centro": "\(before)"]) { _ in Self.page("A") }
    host.change(.joined(namespace: "/loja-centro"))
    await Self.until { host.metric("evolution_gaps_total", "filled") == 1 }
    let from = host.state.withLock { $0.outboundRequests.first?.json["where"]?["messageTimestamp"]?["gte"]?.string }
    #expect(from == Timestamp(milliseconds: before - 60_000).iso8601)
    try await host.stop()
    let kept = host.state.withLock { $0.values["complete/loja-centro"].map { String(decoding: $0, as: UTF8.self) } }
    #expect(try #require(Int64(kept ?? "")) > before + 3_500_000)
  }

  @Test("the start is kept at once: a hub that is killed then catches up all the same")
  func firstTime() async throws {
    let host = try await Self.host { _ in Self.page("A") }
    host.change(.joined(namespace: "/loja-centro"))
    let kept = host.state.withLock { $0.values.filter { $0.key.hasPrefix("complete/") } }
    #expect(kept.keys.sorted() == ["complete/loja-centro", "complete/oficina_e9f2ed4d"])
    let next = try await Self.host(complete: ["loja-centro": String(decoding: try #require(kept["complete/loja-centro"]), as: UTF8.self)]) {
      _ in
      Self.page("A")
    }
    next.change(.joined(namespace: "/loja-centro"))
    await Self.until { next.metric("evolution_gaps_total", "filled") == 1 }
    #expect(Self.ids(next) == ["loja-centro A"])
  }

  @Test("that what is complete can't be kept is told, unless it is because of the end: the one before stands")
  func keepsAtTheEnd() async throws {
    for (refusal, lines) in [(HubError.Code.closed, 0), (.failed, 1)] {
      let host = try await Self.joined { _ in .held }
      host.state.withLock { $0.valueRefusal = refusal }
      let joined = HubClock.wall()
      await Self.until { HubClock.wall() > joined }
      host.change(.disconnected(reason: "lost", text: "the connection was lost", status: nil, retryMilliseconds: 1000))
      try await host.stop()
      #expect(host.state.withLock { $0.log.filter { $0.message == "what was heard last can't be kept" }.count } == lines)
    }
  }

  @Test("what is longer ago than catch_up is told as a gap and counted, the rest filled")
  func tooLongAgo() async throws {
    let before = HubClock.wall() - 3 * 86_400_000
    let host = try await Self.host(complete: ["loja-centro": "\(before)"], { _ in Self.page("A") }) { $0["catch_up"] = "1d" }
    host.change(.joined(namespace: "/loja-centro"))
    await Self.until { host.metric("evolution_gaps_total", "filled") == 1 }
    #expect(host.metric("evolution_gaps_total", "given_up") == 1)
    let gap = try #require(host.state.withLock { $0.events.first { $0.kind == "channel.state" } })
    let state = try JSONValue(parsing: gap.body)["state"]
    #expect(state?["state"] == "gap" && state?["event"] == "catch_up" && state?["reason"] == "it is longer ago than catch_up")
    #expect(state?["from"]?.string == Timestamp(milliseconds: before - 60_000).iso8601)
  }

  @Test("where nothing is to be caught up with, the gap is told and counted")
  func off() async throws {
    let host = try await Self.host({ _ in Self.page("A") }) { $0["catch_up"] = "0s" }
    host.change(.joined(namespace: "/loja-centro"))
    await Self.until { host.metric("evolution_gaps_total", "given_up") == 1 }
    let gap = try #require(host.state.withLock { $0.events.first { $0.kind == "channel.state" } })
    let state = try JSONValue(parsing: gap.body)["state"]
    #expect(state?["state"] == "gap" && state?["event"] == "catch_up" && state?["reason"] == "catch_up is off")
    #expect(host.state.withLock { $0.outboundRequests.isEmpty })
  }

  @Test(
    "while the journal has no room what was found waits for it: the server is not asked again, and nothing is given up",
    arguments: [FakeHost.Journal.busy, .failing])
  func backpressure(_ journal: FakeHost.Journal) async throws {
    let host = try await Self.host(complete: ["loja-centro": "\(HubClock.wall() - 60_000)"]) { _ in Self.page("A") }
    host.state.withLock { $0.journal = journal }
    host.change(.joined(namespace: "/loja-centro"))
    await Self.until { host.state.withLock { $0.batches.count } >= 3 }
    host.state.withLock { $0.journal = .durable }
    await Self.until { host.metric("evolution_gaps_total", "filled") == 1 }
    #expect(Self.ids(host) == ["loja-centro A"])
    #expect(host.state.withLock { $0.outboundRequests.count } == 1)
    #expect(host.metric("evolution_gaps_total", "given_up") == 0)
  }

  @Test("that a gap stays one is told even when the journal has no room at first, and counted once it is told")
  func givenUpUnderBackpressure() async throws {
    let host = try await Self.host({ _ in Self.page("A") }) { $0["catch_up"] = "0s" }
    host.state.withLock { $0.journal = .busy }
    host.change(.joined(namespace: "/loja-centro"))
    await Self.until { host.state.withLock { $0.batches.count } >= 2 }
    #expect(host.metric("evolution_gaps_total", "given_up") == 0)
    host.state.withLock { $0.journal = .durable }
    await Self.until { host.metric("evolution_gaps_total", "given_up") == 1 }
    #expect(host.state.withLock { $0.events.map(\.kind) } == ["channel.state"])
  }

  @Test("a gap that could not be told before the end of the adapter is found again by the next one")
  func notToldBeforeTheEnd() async throws {
    let before = "\(HubClock.wall() - 60_000)"
    let host = try await Self.host(complete: ["loja-centro": before], { _ in Self.page("A") }) { $0["catch_up"] = "0s" }
    host.state.withLock { $0.journal = .busy }
    host.change(.joined(namespace: "/loja-centro"))
    await Self.until { host.state.withLock { $0.batches.count } >= 1 }
    try await host.stop()
    #expect(host.state.withLock { $0.values["complete/loja-centro"].map { String(decoding: $0, as: UTF8.self) } } == before)
  }

  @Test("an event that was lost is looked up")
  func lost() async throws {
    let host = try await Self.joined { _ in Self.page("A") }
    host.change(.lost(namespace: "/loja-centro", bytes: 70_000_000))
    await Self.until { host.metric("evolution_gaps_total", "filled") == 2 }
    #expect(Self.ids(host) == ["loja-centro A"])
  }

  @Test("a gap whose instance went again is left, and filled when it comes back")
  func interrupted() async throws {
    let host = try await Self.host(complete: ["loja-centro": "\(HubClock.wall() - 60_000)"]) { _ in .held }
    host.change(.joined(namespace: "/loja-centro"))
    await Self.until { host.state.withLock { $0.outboundRequests.count } == 1 }
    host.change(.left(namespace: "/loja-centro", retryMilliseconds: 1000))
    host.state.withLock { $0.outbound = { _ in Self.page("A") } }
    host.change(.joined(namespace: "/loja-centro"))
    await Self.until { host.metric("evolution_gaps_total", "filled") == 1 }
    #expect(Self.ids(host) == ["loja-centro A"])
    host.answerOutbound(Self.page("A"))
  }

  @Test("an instance that says nothing for long is asked for its state and for what it didn't say; a deaf connection is made anew")
  func silent() async throws {
    let host = try await Self.joined({ request in
      request.url.contains("connectionState") ? .json(["instance": ["instanceName": "loja-centro", "state": "close"]]) : Self.page("A")
    }) { $0["silence"] = "1ms" }
    let joined = HubClock.wall()
    await Self.until { HubClock.wall() > joined }
    host.fireTimer()
    await Self.until { host.metric("evolution_deaf_total") == 1 && host.state.withLock { $0.upstreams[1]?.joined == [] } }
    #expect(Self.ids(host) == ["loja-centro A"])
    let state = try #require(host.state.withLock { $0.events.first { $0.kind == "channel.state" } })
    #expect(try JSONValue(parsing: state.body)["state"]?["state"] == "close")
    #expect(host.metric("evolution_gaps_total", "filled") == 1, "nobody knew of a gap")
  }

  @Test("mode global: a server whose database goes on while it says nothing is told to have no global events, until one comes")
  func withoutGlobalEvents() async throws {
    let host = try await Self.host({ _ in Self.page() }) {
      ($0["mode"], $0["silence"], $0["accounts"]) = ("global", "1ms", ["loja-centro": ["tenant": "norte"]])
    }
    host.change(.joined(namespace: "/"))
    await Self.until { host.metric("evolution_gaps_total", "filled") == 1 }
    #expect(host.state.withLock { $0.log.contains { $0.message.contains("WEBSOCKET_GLOBAL_EVENTS=true") && $0.level == .info } })
    host.state.withLock { $0.outbound = { _ in Self.page("A") } }
    let joined = HubClock.wall()
    await Self.until { HubClock.wall() > joined }
    host.fireTimer()
    await Self.until { host.state.withLock { $0.health } == [.ok, .degraded] }
    #expect(host.state.withLock { $0.log.filter { $0.message.contains("WEBSOCKET_GLOBAL_EVENTS=true") && $0.level == .error }.count } == 1)
    let body = TestWebhook.message("B")
    try await host.event("messages.upsert", [try JSONValue(parsing: body)])
    #expect(host.state.withLock { $0.health } == [.ok, .degraded, .ok])
  }

  @Test("how far a message of ours came meanwhile is told too")
  func statuses() throws {
    let record: JSONObject = [
      "key": ["id": "3EB0", "fromMe": true, "remoteJid": "5511991230001@s.whatsapp.net"], "message": ["conversation": "oi"],
      "messageTimestamp": 1_767_625_200, "MessageUpdate": [["status": "SERVER_ACK"], ["status": "READ"]],
    ]
    let parsed = StoredMessages.parse([record], of: "loja-centro", receivedMs: 1)
    #expect(parsed.events.map { "\($0.kind.rawValue) \($0.id)" } == ["message.created 3EB0", "message.status 3EB0:read"])
    #expect(parsed.events[0].body["message"]?["status"] == "read")
  }
}
