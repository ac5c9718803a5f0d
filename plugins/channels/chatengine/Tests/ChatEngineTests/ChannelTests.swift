import HubPluginSDK
import HubTesting
import OrderedJSON
import Synchronization
import Testing

@testable import ChatEngine

/// The shell over the real C tables, against a host in memory.
@Suite(.timeLimit(.minutes(5))) struct ChannelTests {
  @Test("each workspace has a connection of its own, with the token as a handle that the hub reads before every attempt")
  func connections() async throws {
    let host = try await TestServer.host { $0["ca_file"] = "/etc/ca.pem" }
    let upstreams = host.state.withLock { $0.upstreams.values.sorted { $0.id < $1.id } }
    #expect(upstreams.map(\.url) == ["https://chat.example", "https://chat.example"])
    #expect(upstreams.map(\.path) == ["/api/ws/", "/api/ws/"])
    #expect(upstreams.map(\.authority) == ["/etc/ca.pem", "/etc/ca.pem"])
    for waits in upstreams.map(\.joinWaits) { #expect(waits.first == .seconds(5) && waits.most == .seconds(60)) }
    #expect(upstreams.map { $0.namespaces.map(\.name) } == [["/"], ["/"]])
    #expect(upstreams.map { $0.namespaces.first?.auth } == [["token": "secret://norte"], ["token": "secret://sul"]])
    #expect(upstreams.map { $0.namespaces.first?.account } == ["ws_norte", "ws_sul"])
    #expect(host.state.withLock { $0.health } == [.ok], "the server need not be there")
    #expect(host.state.withLock { $0.secretReads } == [])
    try await host.stop()
  }

  @Test("it asks who looks at conversations where it subscribes on demand, and nowhere else", arguments: ["onDemand", "all", "list"])
  func interest(_ policy: String) async throws {
    let host = try await TestServer.host { $0["subscribe"] = .string(policy) }
    #expect(host.state.withLock { $0.wantsInterest } == (policy == "onDemand"))
  }

  @Test("without a host that tells who looks, subscribing on demand is refused at start")
  func noInterest() async throws {
    let host = FakeHost()
    host.state.withLock { $0.denied = ["hub.interest/1"] }
    try host.load(ChatEngineChannel.self, config: ["url": "https://chat.example", "accounts": ["ws": ["token": "secret://t"]]])
    await #expect(throws: HubError.self) { try await host.start() }
  }

  @Test("what a frontend opens is subscribed by a bare string, at once or when the session begins, and in each session once")
  func subscribes() async throws {
    let host = try await TestServer.host()
    await host.interest(1, in: "conv_1")
    #expect(host.said() == [])
    host.change(.joined(namespace: "/"))
    await host.interest(2, in: "conv_1")
    await host.interest(1, in: "conv_2")
    #expect(host.said() == [#"subscribe:conversation "conv_1""#, #"subscribe:conversation "conv_2""#])
    host.change(.disconnected(reason: "lost", text: "", status: nil, retryMilliseconds: 1000))
    await host.interest(0, in: "conv_2")
    host.change(.connected)
    host.change(.joined(namespace: "/"))
    #expect(host.said().dropFirst(2) == [#"subscribe:conversation "conv_1""#])
    host.change(.left(namespace: "/", retryMilliseconds: 5000))
    host.change(.joined(namespace: "/"))
    #expect(host.said().count == 4, "the server ended the session, and the hub came back")
    #expect(host.said(upstream: 2) == [])
    #expect(host.metric("chatengine_subscriptions", "ws_norte") != 0)
  }

  @Test("with all, what the server names is subscribed")
  func all() async throws {
    let host = try await TestServer.joined { $0["subscribe"] = "all" }
    for _ in 0..<2 { try await host.event("conversation", [["id": "conv_1", "workspaceId": "ws_norte", "contactId": "ctc_1"]]) }
    #expect(host.said() == [#"subscribe:conversation "conv_1""#])
  }

  @Test("with all, what the server named to an earlier run is subscribed when the session begins, whether or not it said whom it is with")
  func allAfterRestart() async throws {
    let host = try await TestServer.joined { $0["subscribe"] = "all" }
    try await host.event(
      "conversation",
      [["id": "conv_1", "workspaceId": "ws_norte", "contactId": "ctc_1"], ["id": "conv_2", "workspaceId": "ws_norte"]])
    try await host.stop()
    let values = host.state.withLock { $0.values }
    func restarted(_ policy: JSONValue) async throws -> FakeHost {
      let again = FakeHost()
      again.state.withLock { ($0.secrets, $0.values) = (["secret://norte": TestServer.token], values) }
      let config: JSONValue = [
        "url": "https://chat.example/", "subscribe": policy,
        "accounts": ["ws_norte": ["token": "secret://norte"], "ws_sul": ["token": "secret://sul"]],
      ]
      try again.load(ChatEngineChannel.self, as: "crm", config: config)
      try await again.start()
      #expect(again.said() == [], "there is no session yet")
      again.change(.joined(namespace: "/"))
      again.change(upstream: 2, .joined(namespace: "/"))
      return again
    }
    let again = try await restarted("all")
    #expect(Set(again.said()) == [#"subscribe:conversation "conv_1""#, #"subscribe:conversation "conv_2""#])
    #expect(again.said(upstream: 2) == [], "another workspace has conversations of its own")
    #expect(try await restarted("onDemand").said() == [])
  }

  @Test("with all, a restart subscribes those named last, up to the limit, and counts none that gave way: nobody was subscribed")
  func moreThanLimitAfterRestart() async throws {
    var contacts = KnownContacts(limit: 100)
    let names = (0..<60).map { "conv_\($0)" }
    for (hour, name) in names.enumerated() { contacts.note(name, at: Int64(hour) * KnownContacts.hourMs) }
    let parts = contacts.takeChanged()
    #expect(parts.count > 1)
    let host = FakeHost()
    host.state.withLock { state in
      state.secrets = ["secret://norte": TestServer.token]
      for (part, value) in parts { state.values["contacts/\(part)/ws_norte"] = value }
    }
    let config: JSONValue = [
      "url": "https://chat.example/", "subscribe": "all", "subscribe_limit": 10, "accounts": ["ws_norte": ["token": "secret://norte"]],
    ]
    try host.load(ChatEngineChannel.self, as: "crm", config: config)
    try await host.start()
    host.change(.joined(namespace: "/"))
    #expect(host.said() == names.suffix(10).map { #"subscribe:conversation "\#($0)""# })
    #expect(host.metric("chatengine_dropped_total", "evicted_subscription") == 0)
    try await host.event("conversation", [["id": "conv_0", "workspaceId": "ws_norte"]])
    #expect(host.said().suffix(2) == [#"unsubscribe:conversation "conv_50""#, #"subscribe:conversation "conv_0""#])
    #expect(host.metric("chatengine_dropped_total", "evicted_subscription") == 1)
    #expect(host.state.withLock { $0.values.count } == parts.count, "a use alone waits for the end of the hour")
    try await host.stop()
    let kept = host.state.withLock { state in state.values.values.map { $0 } }
    var again = KnownContacts(limit: 100)
    again.restore(kept)
    #expect(again.conversations == Array(names.dropFirst()) + ["conv_0"], "the end writes it")
  }

  @Test("with a list, the account's conversations are subscribed")
  func list() async throws {
    let host = try await TestServer.joined {
      $0["subscribe"] = "list"
      $0["accounts"] = ["ws_norte": ["token": "secret://norte", "conversations": ["a", "b"]]]
    }
    #expect(host.said() == [#"subscribe:conversation "a""#, #"subscribe:conversation "b""#])
  }

  @Test("an event of the server is done once what became of it is synced, and carries its cause")
  func durable() async throws {
    let host = try await TestServer.joined()
    host.state.withLock { $0.journal = .held }
    async let answer = host.event("message", [TestServer.message("m1")], cause: "cause-9")
    while host.state.withLock({ $0.heldEmits == 0 }) { await Task.yield() }
    host.releaseEvents()
    #expect(try await answer == .null)
    let event = try #require(host.state.withLock { $0.events.first })
    #expect(
      [event.kind, event.id, event.account, event.conversation, event.cause] == ["message.created", "m1", "ws_norte", "conv_1", "cause-9"])
    #expect(host.metric("chatengine_events_total", "message.created") == 1)
  }

  @Test("while the journal cannot take events they wait, in order, and none is lost", arguments: [FakeHost.Journal.busy, .failing])
  func waits(_ journal: FakeHost.Journal) async throws {
    let host = try await TestServer.joined()
    host.state.withLock { ($0.journal, $0.upstreamEvents) = (journal, 0) }
    var waiting: [Task<JSONValue, any Error>] = []
    for number in 0..<5 {
      waiting.append(Task { try await host.event("message", [TestServer.message("m\(number)")]) })
      // As from a connection: the next one comes when this one has been handed over.
      while host.state.withLock({ $0.upstreamEvents <= number }) { await Task.yield() }
    }
    while host.state.withLock({ $0.timers.isEmpty }) { await Task.yield() }
    host.state.withLock { $0.journal = .durable }
    host.fireTimer()
    for task in waiting { _ = try await task.value }
    #expect(host.state.withLock { $0.events.map(\.id) } == ["m0", "m1", "m2", "m3", "m4"])
    #expect(host.state.withLock { $0.log.filter { $0.message == "events cannot be stored now, and wait" }.count } == 1)
  }

  @Test("a hub without a timer to spare makes events wait, and loses none")
  func noTimer() async throws {
    let host = try await TestServer.joined()
    host.state.withLock { ($0.journal, $0.timerRefusal) = (.busy, .busy) }
    let waiting = (0..<3).map { number in Task { try await host.event("message", [TestServer.message("m\(number)")]) } }
    while host.state.withLock({ $0.batches.count < 2 }) { await Task.yield() }
    #expect(host.state.withLock { $0.events.isEmpty })
    host.state.withLock { $0.journal = .durable }
    for task in waiting { _ = try await task.value }
    #expect(host.state.withLock { Set($0.events.map(\.id)) } == ["m0", "m1", "m2"])
  }

  @Test("only the end of the adapter ends the wait, and what waited is told that it was not dealt with")
  func endsWaiting() async throws {
    let host = try await TestServer.joined()
    host.state.withLock { ($0.journal, $0.timerRefusal) = (.busy, .closed) }
    await #expect(throws: HubError.self) { try await host.event("message", [TestServer.message("m1")]) }
    #expect(host.state.withLock { $0.events.isEmpty })
  }

  @Test("what no event of the contract is costs itself alone, and is counted")
  func malformed() async throws {
    let host = try await TestServer.joined()
    try await host.event("message", [7, TestServer.message("m1")])
    try await host.event("message", [])
    try await host.event("novidade", [["a": 1]])
    try await host.event("error", [["message": "quota exceeded"]])
    #expect(host.state.withLock { $0.events.map(\.kind) } == ["message.created", "unknown"])
    #expect(host.metric("chatengine_dropped_total", "malformed_item") == 2)
    #expect(host.metric("chatengine_unfamiliar_total", "event") == 1)
    #expect(host.metric("chatengine_dropped_total", "server_error") == 1)
    #expect(host.state.withLock { $0.log.contains { $0.fields["error"] == "quota exceeded" } })
  }

  @Test("two workspaces never mix: each connection's events are its account's, whatever they say")
  func twoWorkspaces() async throws {
    let host = try await TestServer.joined()
    try await host.event(upstream: 2, "message", [TestServer.message("m1")])
    try await host.event(upstream: 2, "message", [TestServer.message("m2", ["workspaceId": "ws_sul"])])
    #expect(host.state.withLock { $0.events.map(\.account) } == ["ws_sul"])
    #expect(host.metric("chatengine_dropped_total", "foreign_workspace") == 1)
  }

  @Test("typing is said with the conversation and no user, and ended when nothing comes any more")
  func typing() async throws {
    let host = try await TestServer.joined()
    await host.typing(true, in: "conv_1")
    #expect(host.said() == [#"typing {"conversationId":"conv_1","isTyping":true}"#])
    #expect(host.state.withLock { $0.timers.last ?? 0 } > 2900)
    host.fireTimer()
    #expect(host.said().last == #"typing {"conversationId":"conv_1","isTyping":false}"#)
    await host.typing(true, in: "conv_1")
    await host.typing(false, in: "conv_1")
    await host.typing(false, in: "conv_1")
    #expect(host.said().count == 4)
  }

  @Test("typing while there is no session is dropped and counted, and never said later")
  func offlineTyping() async throws {
    let host = try await TestServer.host()
    await host.typing(true, in: "conv_1")
    host.change(.joined(namespace: "/"))
    #expect(host.said() == [])
    #expect(host.metric("chatengine_dropped_total", "offline_typing") == 1)
  }

  @Test("the hub's own typing is known by the subject of its token, read anew in each session")
  func ownTyping() async throws {
    let host = try await TestServer.joined()
    func type(_ user: String) async throws {
      try await host.event("typing", [["conversationId": "conv_1", "userId": .string(user), "isTyping": false]])
    }
    try await type("usr_hub")
    #expect(host.metric("chatengine_dropped_total", "own_typing") == 1)
    host.state.withLock { $0.secrets["secret://norte"] = "e30.eyJzdWIiOiJ1c3JfbmV3In0.x" }
    host.change(.left(namespace: "/", retryMilliseconds: 1))
    host.change(.joined(namespace: "/"))
    try await type("usr_new")
    try await type("usr_hub")
    #expect(host.metric("chatengine_dropped_total", "own_typing") == 2)
  }

  @Test("a status whose message never comes is counted after 60 s and told to the journal all the same")
  func unroutable() async throws {
    let host = try await TestServer.joined()
    try await host.event("messageStatus", [["messageId": "m0", "status": "read"]])
    #expect(host.state.withLock { $0.events.isEmpty && $0.timers.contains { $0 > 59_000 } })
    host.fireTimer()
    #expect(host.state.withLock { $0.events.map(\.id) } == ["m0:read"])
    #expect(host.metric("chatengine_dropped_total", "unroutable_status") == 1)
  }

  @Test("no text of a message and no token reaches the log")
  func quietLog() async throws {
    let host = try await TestServer.joined()
    for name in Case.all {
      for step in try Case.steps(name) {
        guard let event = step["event"]?.string, event != "error" else { continue }
        try await host.event(event, step["args"] ?? [])
      }
    }
    let log = host.state.withLock { $0.log.map { "\($0.message) \($0.fields)" } }.joined(separator: "\n")
    for word in ["Chegou", "Jussara", "wamid", "secret://", TestServer.token] { #expect(log.contains(word) == false, "\(word)") }
  }

  @Test("who a conversation is with is known after a restart, and with it the way of its messages")
  func remembersContacts() async throws {
    let host = try await TestServer.joined()
    try await host.event(
      "conversation", [["id": "conv_1", "workspaceId": "ws_norte", "contactId": "ctc_1", "updatedAt": "2026-01-05T12:00:00Z"]])
    try await host.stop()
    #expect(host.state.withLock { $0.lifetimes } == [90 * 86_400_000])
    let values = host.state.withLock { $0.values }
    let again = FakeHost()
    again.state.withLock { ($0.secrets, $0.values) = (["secret://norte": TestServer.token, "secret://sul": "opaque"], values) }
    let config: JSONValue = [
      "url": "https://chat.example/", "accounts": ["ws_norte": ["token": "secret://norte"], "ws_sul": ["token": "secret://sul"]],
    ]
    try again.load(ChatEngineChannel.self, as: "crm", config: config)
    try await again.start()
    again.change(.joined(namespace: "/"))
    // By the guess of a conversation without contact this would be outbound.
    try await again.event("message", [TestServer.message("m1", ["status": "read"]), TestServer.message("m2", ["senderId": "usr_5"])])
    let ways = try again.state.withLock { $0.events }.filter { $0.kind == "message.created" }
      .map { try JSONValue(parsing: $0.body)["message"]?["direction"]?.string }
    #expect(ways == ["inbound", "outbound"])
    try await again.event(upstream: 2, "message", [TestServer.message("m3", ["workspaceId": "ws_sul", "status": "read"])])
    let other = try #require(again.state.withLock { $0.events.last })
    #expect(try JSONValue(parsing: other.body)["message"]?["direction"] == "outbound", "another workspace has contacts of its own")
  }

  @Test("contacts are written together, some seconds after the first, and again when that failed")
  func gathersContacts() async throws {
    let host = try await TestServer.joined()
    func tell(_ conversation: String) async throws {
      try await host.event("conversation", [["id": .string(conversation), "workspaceId": "ws_norte", "contactId": "ctc_1"]])
    }
    host.state.withLock { $0.valueRefusal = .busy }
    try await tell("conv_1")
    try await tell("conv_2")
    #expect(host.state.withLock { $0.timers.filter { $0 == 5000 } } == [5000])
    host.fireTimer()
    #expect(host.state.withLock { $0.values.isEmpty && $0.log.contains { $0.message == "who the conversations are with can't be kept" } })
    host.state.withLock { $0.valueRefusal = nil }
    try await tell("conv_1")
    host.fireTimer()
    let parts = host.state.withLock { $0.values.values.map { String(decoding: $0, as: UTF8.self) } }.sorted()
    #expect(parts.count == 2)
    for (part, conversation) in zip(parts, ["conv_1", "conv_2"]) { #expect(part.hasPrefix(#"{"\#(conversation)":["ctc_1","#)) }
  }

  @Test("without a place to keep values the channel goes on")
  func noValues() async throws {
    let host = FakeHost()
    host.state.withLock { ($0.denied, $0.secrets) = (["hub.kv/1"], ["secret://t": "x"]) }
    try host.load(ChatEngineChannel.self, config: ["url": "https://chat.example", "accounts": ["ws_norte": ["token": "secret://t"]]])
    try await host.start()
    host.change(.joined(namespace: "/"))
    try await host.event("conversation", [["id": "conv_1", "workspaceId": "ws_norte", "contactId": "ctc_1"]])
    try await host.stop()
    #expect(host.state.withLock { $0.events.map(\.kind) } == ["conversation.updated"])
  }
}
