import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import OrderedJSON
import Testing

@testable import HubFakes

@Suite("Fakes that listen", .timeLimit(.minutes(5)))
struct FakeServerTests {
  private func with(
    _ provider: any FakeProvider, clock: FakeClock = FakeClock(), _ body: (FakeServer, HTTPClient) async throws -> Void
  ) async throws {
    let server = try await FakeServer.start(provider, clock: clock)
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.connectionPool.retryConnectionEstablishment = false
    let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    do { try await body(server, client) } catch {
      try await client.shutdown()
      await server.stop()
      throw error
    }
    try await client.shutdown()
    await server.stop()
  }

  private func ask(
    _ client: HTTPClient, _ method: String, _ url: String, _ body: String? = nil, headers: [(String, String)] = []
  ) async throws -> FakeAnswer {
    var request = HTTPClientRequest(url: url)
    request.method = .init(rawValue: method)
    for (name, value) in headers { request.headers.add(name: name, value: value) }
    if let body { request.body = .bytes(ByteBuffer(string: body)) }
    let response = try await client.execute(request, timeout: .seconds(20))
    let bytes = try await response.body.collect(upTo: 1 << 26)
    var answer = FakeAnswer(status: Int(response.status.code), body: Array(bytes.readableBytesView))
    for field in response.headers { answer.headers.append(.init(name: field.name, value: field.value)) }
    return answer
  }

  private let message = #"{"messaging_product":"whatsapp","to":"5511991230001","text":{"body":"Olá"}}"#
  private let bearer = [("Authorization", "Bearer token")]

  @Test("one fake's webhooks reach another server, and come again when the clock says so")
  func webhooks() async throws {
    // Evolution answers Meta's webhook with 404, which is not 200.
    try await with(EvolutionProvider(EvolutionOptions(instances: ["a"], apiKey: "k"))) { receiver, _ in
      let clock = FakeClock(standingAt: noon)
      let options = GraphOptions(
        numbers: [.init(id: "1")], webhook: "\(receiver.url)/instance/unknown/x", appSecret: Array("s".utf8), verifyToken: "v")
      try await with(GraphProvider(options), clock: clock) { graph, client in
        #expect(try await ask(client, "POST", "\(graph.url)/_fake/messages", #"{"text":"Olá"}"#).status == 202)
        // The second attempt comes at once, the third after a while that the clock does not show by itself.
        for (attempts, advance) in [(2, "15s"), (3, "1m"), (4, "1h")] {
          let waiting = "\(graph.url)/_fake/webhooks?wait=20s"
          var log = try await ask(client, "GET", waiting).json
          while log?["items"]?[0]?["attempts"]?.array?.count != attempts {
            log = try await ask(client, "GET", "\(graph.url)/_fake/webhooks").json
          }
          #expect(try await ask(client, "POST", "\(graph.url)/_fake/clock", #"{"advance":"\#(advance)"}"#).status == 200)
        }
      }
    }
  }

  @Test("faults: errors with Retry-After, lost answers, broken connections, redirects; and then everything is well")
  func faults() async throws {
    let options = GraphOptions(numbers: [.init(id: "1")], webhook: nil, appSecret: [], verifyToken: "")
    try await with(GraphProvider(options)) { graph, client in
      func fault(_ text: String) async throws { #expect(try await ask(client, "POST", "\(graph.url)/_fake/faults", text).status == 200) }
      func sent() async throws -> Int64? { try await ask(client, "GET", "\(graph.url)/_fake/sent").json?["total"]?.int64 }
      func send() async throws -> FakeAnswer { try await ask(client, "POST", "\(graph.url)/v23.0/1/messages", message, headers: bearer) }
      try await fault(#"{"status":429,"code":130429,"retryAfter":7}"#)
      let limited = try await send()
      #expect(limited.status == 429 && limited.json?["error"]?["code"]?.int64 == 130_429)
      #expect(limited.headers.contains(.init(name: "Retry-After", value: "7")))
      for broken in ["cut", "garbage", "truncated", "endlessHeaders"] {
        try await fault(#"{"connection":"\#(broken)"}"#)
        await #expect(throws: (any Error).self) { try await send() }
      }
      #expect(try await sent() == 0)
      try await fault(#"{"connection":"cut","processed":true}"#)
      await #expect(throws: (any Error).self) { try await send() }
      #expect(try await sent() == 1, "the answer was lost, the message was not")
      try await fault(#"{"redirect":"http://127.0.0.1:1/"}"#)
      let redirected = try await send()
      #expect(redirected.status == 302 && redirected.headers.contains(.init(name: "Location", value: "http://127.0.0.1:1/")))
      try await fault(#"{"bodyBytes":3000000}"#)
      #expect(try await send().body.count == 3_000_000)
      try await fault(#"{"status":503,"count":5}"#)
      #expect(try await ask(client, "DELETE", "\(graph.url)/_fake/faults").status == 200)
      #expect(try await send().status == 200)
      #expect(try await sent() == 2)
    }
  }

  @Test("a status may beat the answer of its send")
  func statusBeatsAnswer() async throws {
    try await with(EvolutionProvider(EvolutionOptions(instances: ["a"], apiKey: "k"))) { receiver, _ in
      var options = GraphOptions(numbers: [.init(id: "1")], webhook: "\(receiver.url)/w", appSecret: [1], verifyToken: "")
      options.hasWindow = false
      try await with(GraphProvider(options)) { graph, client in
        _ = try await ask(client, "POST", "\(graph.url)/_fake/faults", #"{"delay":"10m","processed":true,"path":"/messages"}"#)
        async let answer = ask(client, "POST", "\(graph.url)/v23.0/1/messages", message, headers: bearer)
        let told = try await ask(client, "GET", "\(graph.url)/_fake/webhooks?wait=15s&atLeast=1")
        #expect(told.json?["items"]?[0]?["body"]?["entry"]?[0]?["changes"]?[0]?["value"]?["statuses"]?[0]?["status"] == "sent")
        await graph.stop()
        _ = try? await answer
      }
    }
  }

  @Test("what is waited for comes when it is there, and what never comes ends with the time")
  func waiting() async throws {
    let options = GraphOptions(numbers: [.init(id: "1")], webhook: nil, appSecret: [], verifyToken: "")
    try await with(GraphProvider(options)) { graph, client in
      async let waited = ask(client, "GET", "\(graph.url)/_fake/sent?atLeast=1&wait=20s")
      _ = try await ask(client, "POST", "\(graph.url)/v23.0/1/messages", message, headers: bearer)
      #expect(try await waited.json?["total"] == 1)
      #expect(try await ask(client, "GET", "\(graph.url)/_fake/sent?atLeast=2&wait=10ms").json?["total"] == 1)
      #expect(try await ask(client, "GET", "\(graph.url)/_fake/nothing").status == 404)
      #expect(await graph.control("POST", "/_fake/reset").status == 200)
      #expect(try await ask(client, "GET", "\(graph.url)/_fake/sent").json?["total"] == 0)
    }
  }

  // MARK: Sockets

  /// A client by polling, whose bodies are the packets' own text.
  private struct Polling {
    let url: String
    let ask: (String, String, String?) async throws -> FakeAnswer

    func poll() async throws -> [String] {
      let text = String(decoding: try await ask("GET", url, nil).body, as: UTF8.self)
      return text.split(separator: "\u{1E}").map(String.init)
    }

    func send(_ packet: String) async throws { _ = try await ask("POST", url, packet) }
  }

  private func open(_ server: FakeServer, _ client: HTTPClient, path: String = "/socket.io/", key: String = "&apikey=k") async throws
    -> Polling
  {
    let url = "\(server.url)\(path)?EIO=4&transport=polling\(key)"
    let opened = String(decoding: try await ask(client, "GET", url).body, as: UTF8.self)
    #expect(opened.hasPrefix(#"0{"sid":""#))
    let sid = try #require(try JSONValue(parsing: String(opened.dropFirst()))["sid"]?.string)
    return Polling(url: "\(url)&sid=\(sid)") { try await self.ask(client, $0, $1, $2) }
  }

  @Test("Evolution's namespaces are invalid until there was an event, and again after a restart; events carry attachments")
  func lateNamespaces() async throws {
    try await with(EvolutionProvider(EvolutionOptions(instances: ["loja-centro"], apiKey: "k"))) { server, client in
      let refused = try await ask(client, "GET", "\(server.url)/socket.io/?EIO=4&transport=polling")
      #expect(refused.status == 403 && refused.json == ["code": 4, "message": "apiKey is required"])
      for _ in 0..<2 {
        let socket = try await open(server, client)
        try await socket.send("40/loja-centro,")
        #expect(try await socket.poll() == [try Golden.text("evolution-invalid-namespace")])
        _ = try await ask(client, "POST", "\(server.url)/_fake/messages", #"{"text":"nobody hears it"}"#)
        try await socket.send("40/loja-centro,")
        #expect(try await socket.poll().first?.hasPrefix(#"40/loja-centro,{"sid":""#) == true)
        _ = try await ask(client, "POST", "\(server.url)/_fake/messages", #"{"text":"Olá","id":"3A1"}"#)
        let packets = try await socket.poll()
        #expect(
          packets.first?.hasPrefix(#"451-/loja-centro,["messages.upsert",{"event":"messages.upsert","instance":"loja-centro""#) == true)
        #expect(packets.count == 2 && packets[1].hasPrefix("b"), "a message secret")
        _ = try await ask(client, "POST", "\(server.url)/_fake/restart")
        // The server is back when it answers; the old session is unknown to it.
        var gone: FakeAnswer?
        while gone?.status != 400 { gone = try? await ask(client, "GET", socket.url) }
        #expect(gone?.json?["code"] == 1)
      }
    }
  }

  @Test("a transport without a namespace is closed after its time")
  func connectTimeout() async throws {
    var options = EvolutionOptions(instances: ["a"], apiKey: "k")
    #expect(EvolutionProvider(options).engine?.connectTimeout == 45_000)
    options.connectTimeout = 2000
    try await with(EvolutionProvider(options)) { server, client in
      let socket = try await open(server, client)
      #expect(try await socket.poll() == ["1"])
    }
  }

  @Test("without its Socket.IO server Evolution answers 404")
  func noSockets() async throws {
    var options = EvolutionOptions(instances: ["a"], apiKey: "k")
    options.hasSockets = false
    try await with(EvolutionProvider(options)) { server, client in
      let answer = try await ask(client, "GET", "\(server.url)/socket.io/?EIO=4&transport=polling")
      #expect(answer.status == 404 && answer.json?["status"] == 404)
    }
  }

  @Test("ChatEngine's first frames are the reference's; subscriptions, pushes, garbage and the server's own disconnect")
  func chatEngine() async throws {
    try await with(ChatEngineProvider(ChatEngineOptions(tokens: ["ws_norte": "token"]))) { server, client in
      let socket = try await open(server, client, path: "/api/ws/", key: "")
      try await socket.send(#"40{"token":"wrong"}"#)
      #expect(try await socket.poll() == [#"44{"message":"Invalid token","data":{"code":"token_invalid"}}"#])
      try await socket.send(#"40{"token":"token"}"#)
      #expect(try await socket.poll().first?.hasPrefix(#"40{"sid":""#) == true)
      try await socket.send(#"42["subscribe:conversation","conv_3311"]"#)
      _ = try await ask(client, "GET", "\(server.url)/_fake/sent?atLeast=1&wait=20s")
      _ = try await ask(client, "POST", "\(server.url)/_fake/messages", #"{"text":"Olá"}"#)
      var packets: [String] = []
      while packets.count < 2 { packets += try await socket.poll() }
      #expect(
        packets[0].hasPrefix(#"42["conversation",{"id":"conv_3311","workspaceId":"ws_norte""#)
          && packets[1].hasPrefix(#"42["message",{"id":"msg_"#))
      let asked = [#"{"do":"garbage","text":"4x"}"#, #"{"do":"close"}"#]
      for text in asked { #expect(try await ask(client, "POST", "\(server.url)/_fake/sockets", text).json == ["sockets": 1]) }
      packets = []
      while packets.last != "1" && packets.contains("41") == false { packets += try await socket.poll() }
      #expect(packets.contains("4x") && packets.contains("41"))
      #expect(try await ask(client, "GET", "\(server.url)/wrong/?EIO=4&transport=polling").status == 404)
    }
  }
}
