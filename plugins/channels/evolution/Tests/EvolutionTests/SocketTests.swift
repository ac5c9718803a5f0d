import HubPluginSDK
import HubTesting
import OrderedJSON
import Synchronization
import Testing

@testable import Evolution

/// The channel as a client of the server's socket, against a host in memory.
@Suite(.timeLimit(.minutes(5))) struct SocketTests {
  private static func host(_ mode: String, _ change: @escaping (inout JSONObject) -> Void = { _ in }) async throws -> FakeHost {
    try await TestWebhook.host { config in
      config["mode"] = .string(mode)
      config["url"] = "https://evo.example:8443/wa/"
      config["api_key"] = "secret://env/KEY"
      config["webhook_secret"] = nil
      change(&config)
    }
  }

  private static func envelope(_ id: String, instance: String = "loja-centro", _ message: JSONValue = ["conversation": "oi"]) -> JSONValue {
    let body = TestWebhook.envelope(
      "messages.upsert",
      [
        "key": ["remoteJid": "5511991230001@s.whatsapp.net", "fromMe": false, "id": .string(id)], "message": message,
        "messageTimestamp": 1_767_625_200,
      ], instance: instance)
    return (try? JSONValue(parsing: body)) ?? .null
  }

  private static func ids(_ host: FakeHost) -> [String] { host.state.withLock { $0.events.map { "\($0.account) \($0.id)" } } }

  @Test("mode instance joins / and a namespace for each instance, whose states follow them; the key goes into the header")
  func instanceMode() async throws {
    let host = try await Self.host("instance")
    let upstream = try #require(host.state.withLock { $0.upstreams[1] })
    #expect(upstream.url == "https://evo.example:8443" && upstream.path == "/wa/socket.io/")
    #expect(upstream.headers == ["apikey": "secret://env/KEY"] && upstream.query.isEmpty)
    #expect(upstream.maxMessage == 64 << 20)
    #expect(upstream.joinWaits.first == .seconds(1) && upstream.joinWaits.most == .seconds(30))
    #expect(upstream.namespaces.map(\.name) == ["/", "/loja-centro", "/oficina_e9f2ed4d"])
    #expect(upstream.namespaces.map(\.account) == [nil, "loja-centro", "oficina_e9f2ed4d"])
    #expect(host.state.withLock { $0.routes.isEmpty }, "without a secret there is no webhook")
    #expect(host.state.withLock { $0.health } == [.ok])
    try await host.stop()
  }

  @Test(
    "mode global joins / only, which all accounts follow; the key may go into the query, an event may be limited, and the webhook be there too"
  )
  func globalMode() async throws {
    let host = try await Self.host("global") {
      $0["api_key_in"] = "query"
      $0["max_event"] = "1MiB"
      $0["ca_file"] = "/etc/ca.pem"
      $0["webhook_secret"] = "secret://file/new"
    }
    let upstream = try #require(host.state.withLock { $0.upstreams[1] })
    #expect(upstream.namespaces.map(\.name) == ["/"] && upstream.namespaces.map(\.account) == ["*"])
    #expect(upstream.headers.isEmpty && upstream.query == ["apikey": "secret://env/KEY"])
    #expect(upstream.maxMessage == 1 << 20 && upstream.authority == "/etc/ca.pem")
    #expect(host.state.withLock { $0.routes.count } == 2)
    try await host.stop()
  }

  @Test("the start is logged in this order: settings found, connecting for each instance, connected for each as it joins; no key in it")
  func startLog() async throws {
    let host = try await Self.host("instance")
    host.change(.connected)
    host.change(.joined(namespace: "/"))
    host.change(.joined(namespace: "/oficina_e9f2ed4d"))
    host.change(.joined(namespace: "/loja-centro"))
    let lines = host.state.withLock { $0.log.map { "\($0.message) \($0.fields["instance"]?.string ?? "")" } }
    #expect(
      lines == [
        "settings found ", "connecting loja-centro", "connecting oficina_e9f2ed4d", "connected oficina_e9f2ed4d", "connected loja-centro",
      ])
    let log = host.state.withLock { "\($0.log.map(\.fields))" }
    #expect(log.contains("KEY") == false && log.contains("https://evo.example:8443/wa"))
  }

  @Test("what is not set is no field of the settings' line")
  func settings() async throws {
    func fields(_ host: FakeHost) -> [String] {
      host.state.withLock { $0.log.first { $0.message == "settings found" }?.fields.object?.keys ?? [] }
    }
    #expect(fields(try await Self.host("instance")) == ["mode", "server", "authenticated", "instances"])
    #expect(fields(try await TestWebhook.host()) == ["mode", "authenticated", "webhook", "instances"])
  }

  @Test("mode instance: an event counts in its own instance's namespace only, and what / says as well is counted and dropped")
  func instanceEvents() async throws {
    let host = try await Self.host("instance")
    try await host.event(namespace: "/loja-centro", "messages.upsert", [Self.envelope("A")], cause: "00-up")
    try await host.event(namespace: "/", "messages.upsert", [Self.envelope("A")])
    try await host.event(namespace: "/loja-centro", "messages.upsert", [Self.envelope("B", instance: "oficina_e9f2ed4d")])
    try await host.event(namespace: "/oficina_e9f2ed4d", "messages.upsert", [Self.envelope("C", instance: "oficina_e9f2ed4d")])
    #expect(Self.ids(host) == ["loja-centro A", "oficina_e9f2ed4d C"])
    #expect(host.state.withLock { $0.events.first?.cause } == "00-up")
    #expect(host.metric("evolution_dropped_total", "other_namespace") == 1)
    #expect(host.metric("evolution_dropped_total", "unknown_instance") == 1)
    #expect(host.metric("evolution_socket_events_total") == 4)
  }

  @Test("mode global: each instance gets its own events, a stranger's are counted and dropped")
  func globalEvents() async throws {
    let host = try await Self.host("global")
    for instance in ["loja-centro", "oficina_e9f2ed4d", "alheia"] {
      try await host.event("messages.upsert", [Self.envelope("A", instance: instance)])
    }
    #expect(Self.ids(host) == ["loja-centro A", "oficina_e9f2ed4d A"])
    #expect(host.metric("evolution_dropped_total", "unknown_instance") == 1)
  }

  @Test("an event with 0, 1 or 7 attachments is the one it would be without; a digest among them is told", arguments: [0, 1, 7])
  func attachments(_ count: Int) async throws {
    let host = try await Self.host("instance")
    let placeholders = (0..<count).map { ("a\($0)", JSONValue.object(["_placeholder": true, "num": .number(JSONNumber(Int64($0)))])) }
    var image: JSONObject = ["mimetype": "image/jpeg", "caption": "olha"]
    for (name, placeholder) in placeholders { image.append(name == "a0" ? "fileSha256" : name, placeholder) }
    let bytes = (0..<count).map { index in [UInt8](repeating: UInt8(index), count: index == 0 ? 32 : 4000) }
    try await host.event(
      namespace: "/loja-centro", "messages.upsert", [Self.envelope("A", ["imageMessage": .object(image)])], attachments: bytes)
    let body = try JSONValue(parsing: try #require(host.state.withLock { $0.events.first }).body)
    #expect(body["message"]?["caption"] == "olha")
    #expect(body["message"]?["media"]?["sha256"]?.string == (count == 0 ? nil : String(repeating: "00", count: 32)))
    #expect(body.description.contains("_placeholder") == false)
  }

  @Test("the same by socket and by webhook, in either order, is stored once and typing is passed on once", arguments: [true, false])
  func bothWays(socketFirst: Bool) async throws {
    let host = try await Self.host("instance") { $0["webhook_secret"] = "secret://file/new" }
    let presence: JSONValue = [
      "id": "5511991230001@s.whatsapp.net", "presences": ["5511991230001@s.whatsapp.net": ["lastKnownPresence": "composing"]],
    ]
    let state: JSONValue = ["state": "open", "statusReason": 200]
    let qr: JSONValue = ["qrcode": ["code": "2@x", "base64": "data:image/png;base64,AA=="]]
    for isSocket in [socketFirst, !socketFirst] {
      for (event, data) in [("presence.update", presence), ("connection.update", state), ("qrcode.updated", qr)] {
        let body = TestWebhook.envelope(event, data)
        if isSocket {
          try await host.event(namespace: "/loja-centro", event, [try JSONValue(parsing: body)])
        } else {
          #expect(await TestWebhook.post(host, body).status == 200)
        }
      }
      if isSocket {
        try await host.event(namespace: "/loja-centro", "messages.upsert", [Self.envelope("A")])
      } else {
        #expect(await TestWebhook.post(host, Self.envelope("A").serialized()).status == 200)
      }
    }
    let kinds = host.state.withLock { $0.events.map(\.kind) }
    #expect(kinds == ["typing", "channel.state", "channel.qr", "message.created"])
    #expect(host.metric("evolution_dropped_total", "repeated_passing") == 2)
    #expect(host.metric("evolution_dropped_total", "repeated_state") == 1)
  }

  @Test("what the journal can't take now is tried again in order, and done with once it is stored")
  func retries() async throws {
    let host = try await Self.host("instance")
    host.state.withLock { $0.journal = .busy }
    async let first = host.event(namespace: "/loja-centro", "messages.upsert", [Self.envelope("A")])
    while host.state.withLock({ $0.timers.last != 100 }) { await Task.yield() }
    async let second = host.event(namespace: "/loja-centro", "messages.upsert", [Self.envelope("B")])
    while host.metric("evolution_socket_events_total") < 2 { await Task.yield() }
    #expect(Self.ids(host) == [])
    host.state.withLock { $0.journal = .durable }
    host.fireTimer()
    _ = try await (first, second)
    #expect(Self.ids(host) == ["loja-centro A", "loja-centro B"])
    #expect(host.metric("evolution_dropped_total", "not_stored") == 0)
  }

  @Test("a hub without a timer to spare makes what the journal can't take wait all the same")
  func retriesWithoutTimer() async throws {
    let host = try await Self.host("instance")
    host.state.withLock { ($0.journal, $0.timerRefusal) = (.busy, .busy) }
    async let done = host.event(namespace: "/loja-centro", "messages.upsert", [Self.envelope("A")])
    while host.state.withLock({ $0.batches.count < 2 }) { await Task.yield() }
    host.state.withLock { $0.journal = .durable }
    _ = try await done
    #expect(Self.ids(host) == ["loja-centro A"])
  }

  @Test("an event over the limit is counted, and a refused key is told with what to look at, once a minute")
  func refusals() async throws {
    let host = try await Self.host("instance")
    host.change(.lost(namespace: "/loja-centro", bytes: 70_000_000))
    #expect(host.metric("evolution_dropped_total", "oversize") == 1)
    for status in [403, 403, 400] {
      host.change(
        .disconnected(
          reason: "refused", text: "the server answered \(status): Invalid global token", status: status, retryMilliseconds: 1000))
    }
    host.change(.disconnected(reason: "unreachable", text: "connection refused", status: nil, retryMilliseconds: 1000))
    let errors = host.state.withLock { $0.log.filter { $0.level == .error }.map(\.message) }
    #expect(errors == ["the server refuses the key: look at api_key"])
  }

  @Test("what is no envelope is counted and costs nothing else", arguments: [[], [7], ["x"], [[:]], [.null, 1]] as [JSONValue])
  func malformed(_ arguments: JSONValue) async throws {
    let host = try await Self.host("global")
    try await host.event("messages.upsert", arguments)
    #expect(host.metric("evolution_dropped_total", "malformed_body") == 1)
    try await host.event("messages.upsert", [Self.envelope("A")])
    #expect(Self.ids(host) == ["loja-centro A"])
  }
}
