import Foundation
import OrderedJSON
import Testing

@testable import HubFakes

@Suite("Fakes that are killed and know what they knew")
struct MemoryTests {
  private let bearer = [("Authorization", "Bearer token")]

  /// Another process with the same file.
  private func next<Provider: FakeProvider>(_ killed: Provider, _ fresh: Provider, now: Moment) -> Provider {
    var provider = fresh
    provider.recall(killed.facts, now: now)
    return provider
  }

  @Test("Meta delivers what nobody had taken, and tells the rest of a message's statuses")
  func graph() throws {
    var graph = makeGraph { $0.statusDelay = 1000 }
    let taken = try graph.demand("POST", "messages", ["id": "wamid.1", "text": "one"]).effects.calls[0]
    _ = graph.called(taken.id, .answered(status: 200, body: []), now: noon)
    let waiting = try graph.demand("POST", "messages", ["id": "wamid.2", "text": "two"]).effects.calls[0]
    _ = graph.called(waiting.id, .failed("refused"), now: noon)
    let number = try #require(graph.options.numbers.first).id
    let body: JSONValue = ["messaging_product": "whatsapp", "to": "5511991230001", "text": ["body": "Olá"]]
    let answer = graph.post("/v23.0/\(number)/messages", body, headers: bearer).answer
    #expect(answer.status == 200)
    let told = graph.run(to: noon + 100).calls.filter { $0.id != waiting.id }
    for call in told { _ = graph.called(call.id, .answered(status: 200, body: []), now: noon) }
    #expect(told.count == 1)

    var again = next(graph, makeGraph { $0.statusDelay = 1000 }, now: noon + 500)
    let sent = try again.demand("GET", "sent").answer.json?["items"]?.array
    #expect(sent?.count == 1 && sent?[0]["statuses"] == ["sent"] && sent?[0]["body"] == body)
    let calls = again.run(to: noon + 10_000).calls
    #expect(calls.contains(waiting) && calls.contains(taken) == false)
    let statuses = calls.compactMap { $0.json?["entry"]?[0]?["changes"]?[0]?["value"]?["statuses"]?[0]?["status"]?.string }
    #expect(statuses == ["delivered", "read"])
    #expect(Set(calls.map(\.id)).isDisjoint(with: told.map(\.id)), "a number is used once")
    // A customer's message of before can be marked as read.
    let read: JSONValue = ["messaging_product": "whatsapp", "status": "read", "message_id": "wamid.1"]
    let marked = again.post("/v23.0/\(number)/messages", read, headers: bearer).answer
    #expect(marked.status == 200)
  }

  @Test("Evolution's database has its messages and their states; the states that are missing come")
  func evolution() throws {
    var evolution = makeEvolution { $0.statusDelay = 1000 }
    _ = try evolution.demand("POST", "messages", ["type": "image", "text": "foto", "id": "3A1"])
    let sent = evolution.post(
      "/message/sendText/loja-centro", ["number": "5511991230001", "text": "Olá"], headers: [("apikey", "global-key")])
    let id = try #require(sent.answer.json?["key"]?["id"]?.string)
    _ = evolution.run(to: noon + 1000)

    var again = next(evolution, makeEvolution { $0.statusDelay = 1000 }, now: noon + 1500)
    let questions: [(inout EvolutionProvider) -> JSONValue?] = [
      { $0.post("/chat/findMessages/loja-centro", [:], headers: [("apikey", "global-key")], now: noon + 1500).answer.json },
      { (try? $0.demand("GET", "sent"))?.answer.json },
      {
        let body: JSONValue = ["message": ["key": ["id": "3A1"]]]
        return $0.post("/chat/getBase64FromMediaMessage/loja-centro", body, headers: [("apikey", "global-key")], now: noon + 1500).answer
          .json
      },
    ]
    for question in questions {
      let (now, before) = (question(&again), question(&evolution))
      #expect(now == before && before != nil)
    }
    #expect(again.namespaces == [], "but its namespaces are gone")
    let updates = again.run(to: noon + 10_000).emits.filter { $0.name == "messages.update" }
    #expect(updates.map { $0.envelope?["data"]?["status"] } == ["DELIVERY_ACK", "READ"])
    #expect(updates.allSatisfy { $0.envelope?["data"]?["keyId"] == .string(id) })
  }

  @Test("ChatEngine has its conversations and messages, and tells how it went on")
  func chatEngine() throws {
    func make() -> ChatEngineProvider {
      var options = ChatEngineOptions(tokens: ["ws_norte": "token"])
      options.statusDelay = 1000
      return ChatEngineProvider(options)
    }
    var engine = make()
    _ = try engine.demand("POST", "messages", ["conversation": "conv_1", "name": "Jussara", "text": "oi", "id": "msg_1"])
    let sent = engine.post("/api/conversations/conv_1/messages", ["content": "Que bom!"], headers: bearer)
    #expect(sent.answer.status == 201)
    let id = sent.answer.json?["id"]
    _ = engine.run(to: noon + 1000)

    var again = next(engine, make(), now: noon + 1500)
    let records = (try again.demand("GET", "sent").answer.json, try engine.demand("GET", "sent").answer.json)
    #expect(records.0 == records.1 && records.0?["total"] == 1)
    #expect(again.messages == engine.messages)
    #expect(again.conversations["conv_1"]?.json(agent: "a") == engine.conversations["conv_1"]?.json(agent: "a"))
    let told = again.run(to: noon + 10_000).emits
    #expect(told.map { $0.envelope?["status"] } == ["delivered", "read"] && told.allSatisfy { $0.envelope?["messageId"] == id })
    // It is the same conversation, with its contact's name.
    let pushed = try again.demand("POST", "messages", ["conversation": "conv_1", "text": "de novo"]).effects.emits
    #expect(pushed[0].envelope?["participants"]?[0]?["name"] == "Jussara")
  }

  @Test("a file is read again by the next program; a line without an end never happened; a reset empties it")
  func ledger() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ledger-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "engine").path
    func run(_ body: (FakeServer) async throws -> Void) async throws {
      let clock = FakeClock(standingAt: noon)
      let provider = ChatEngineProvider(ChatEngineOptions(tokens: ["ws_norte": "token"]))
      let server = try await FakeServer.start(provider, clock: clock, ledger: try FakeLedger(path: path))
      do { try await body(server) } catch {
        await server.stop()
        throw error
      }
      await server.stop()
    }
    func write(_ server: FakeServer, _ id: String) async { _ = await server.control("POST", "/_fake/messages", ["id": .string(id)]) }
    try await run { server in
      await write(server, "msg_1")
      _ = await server.control("POST", "/_fake/clock", ["advance": "1h"])
    }
    let whole = try Data(contentsOf: URL(filePath: path))
    try (whole + Data(#"{"fact":"message","id":"msg_2""#.utf8)).write(to: URL(filePath: path))
    try await run { server in
      #expect(await server.control("GET", "/_fake/clock").json == ["now": .number(JSONNumber(noon + 3_600_000))])
      await write(server, "msg_3")
    }
    let lines = try String(contentsOf: URL(filePath: path), encoding: .utf8).split(separator: "\n")
    let ids = try lines.map { try JSONValue(parsing: String($0)) }.filter { $0["fact"] == "message" }.map { $0["id"] }
    #expect(ids == ["msg_1", "msg_3"])
    try await run { server in #expect(await server.control("POST", "/_fake/reset").status == 200) }
    #expect(try Data(contentsOf: URL(filePath: path)).isEmpty)
  }
}
