import OrderedJSON
import Testing

@testable import HubFakes

@Suite("ChatEngine")
struct ChatEngineTests {
  private func make(_ change: (inout ChatEngineOptions) -> Void = { _ in }) -> ChatEngineProvider {
    var options = ChatEngineOptions(tokens: ["ws_norte": "token-norte", "ws_sul": "token-sul"])
    options.seed = 7
    change(&options)
    return ChatEngineProvider(options)
  }

  private func socket(_ id: String = "a", _ token: JSONValue = "token-norte") -> FakeSocket {
    FakeSocket(id: id, namespace: "/", auth: ["token": token])
  }

  @Test("a client is let in by its workspace's token, and refused without one, with another, and with one that was replaced")
  func tokens() throws {
    var engine = make()
    #expect(engine.engine?.path == "/api/ws/" && engine.engine?.namespaces == ["/"])
    guard case .accepted(["ws_norte"], _) = engine.connect(socket(), now: noon) else {
      Issue.record("not let in")
      return
    }
    func refusal(_ token: JSONValue) -> JSONValue? {
      guard case .refused(_, let data) = engine.connect(socket("b", token), now: noon) else { return nil }
      return data?["code"]
    }
    #expect(refusal(.null) == "token_missing" && refusal("wrong") == "token_invalid")
    let reply = try engine.demand("POST", "tokens", ["workspace": "ws_norte", "token": "new", "close": true])
    #expect(reply.effects == [.disconnect(socket: "a", closesTransport: true)])
    #expect(refusal("token-norte") == "token_expired" && refusal("new") == nil)
  }

  @Test("a message, its conversation, a status and somebody typing are the reference's frames")
  func golden() throws {
    var engine = make()
    _ = engine.ask("POST", "conversations", ["workspace": "ws_norte", "id": "conv_3311", "contact": "ctc_908"])
    let message: JSONValue = [
      "conversation": "conv_3311", "id": "msg_7QK2", "text": "Chegou certinho, obrigada!", "replyTo": "msg_7QJ9",
      "providerMessageId": "wamid.SAMPLE20", "at": 1_767_614_400_000, "updatedAt": 1_767_614_401_000,
    ]
    let pushed = try engine.demand("POST", "messages", message).effects.emits
    #expect(pushed.map(\.name) == ["conversation", "message"] && pushed.map(\.room) == ["ws_norte", "ws_norte conv_3311"])
    #expect(pushed[1].envelope == (try Golden.json("chatengine-message")))
    var conversation = try #require(try Golden.json("chatengine-conversation").object)
    // The picture is optional; this server has none.
    conversation["participants"] = [["id": "ctc_908", "name": "Jussara Lima"], ["id": "usr_5", "name": "Atendimento"]]
    #expect(pushed[0].envelope == .object(conversation))
    let status = engine.ask("POST", "statuses", ["id": "msg_7QK2", "status": "read"])?.effects.emits
    #expect(try status?.map(\.name) == ["messageStatus"] && status?[0].envelope == Golden.json("chatengine-status"))
    let typing = engine.ask("POST", "typing", ["conversation": "conv_3311"])?.effects.emits
    #expect(try typing?.map(\.name) == ["typing"] && typing?[0].envelope == Golden.json("chatengine-typing"))
  }

  @Test("a subscription takes one bare string; twice is once; an object is ignored")
  func subscriptions() throws {
    var engine = make()
    _ = engine.connect(socket(), now: noon)
    let room = FakeEffect.enter(socket: "a", room: "ws_norte conv_1")
    for _ in 0..<2 { #expect(engine.event("subscribe:conversation", ["conv_1"], from: socket(), now: noon).contains(room)) }
    let wrong = engine.event("subscribe:conversation", [["conversationId": "conv_2"]], from: socket(), now: noon)
    #expect(wrong.lines.count == 1 && wrong.count == 1)
    #expect(engine.ask("GET", "subscriptions")?.answer.json?["items"]?[0]?["conversations"] == ["conv_1"])
    #expect(engine.ask("GET", "sent?kind=subscribe:conversation")?.answer.json?["total"] == 3)
    _ = engine.event("unsubscribe:conversation", ["conv_1"], from: socket(), now: noon)
    #expect(engine.ask("GET", "subscriptions")?.answer.json?["items"]?[0]?["conversations"] == [])
  }

  @Test("what a client types comes back to it, with who the token says it is")
  func typing() throws {
    var engine = make { $0.tokens["ws_jwt"] = "e30.eyJzdWIiOiJ1c3JfOSJ9.x" }
    _ = engine.connect(socket("a", "e30.eyJzdWIiOiJ1c3JfOSJ9.x"), now: noon)
    let emit = engine.event("typing", [["conversationId": "conv_1", "isTyping": true]], from: socket(), now: noon).emits.first
    #expect(emit?.room == "ws_jwt conv_1" && emit?.envelope == ["conversationId": "conv_1", "userId": "usr_9", "isTyping": true])
  }

  @Test("workspaces do not mix")
  func workspaces() throws {
    var engine = make()
    let reply = engine.ask("POST", "messages", ["workspace": "ws_sul", "conversation": "conv_9"])
    #expect(reply?.effects.emits.allSatisfy { $0.room?.hasPrefix("ws_sul") == true } == true)
    #expect(engine.ask("POST", "messages", ["workspace": "ws_norte", "conversation": "conv_9"])?.answer.status == 400)
    let call = FakeCall(
      "POST", "/api/conversations/conv_9/messages", headers: [("Authorization", "Bearer token-norte")],
      body: Array(#"{"content":"a"}"#.utf8))
    #expect(engine.answer(call, now: noon).answer.status == 404)
  }

  @Test("what is sent is pushed to those who are subscribed, and its states follow")
  func sending() throws {
    var engine = make()
    _ = engine.ask("POST", "messages", ["conversation": "conv_9"])
    let call = FakeCall(
      "POST", "/api/conversations/conv_9/messages", headers: [("Authorization", "Bearer token-norte")],
      body: Array(#"{"content":"a"}"#.utf8))
    let reply = engine.answer(call, now: noon)
    #expect(reply.answer.status == 201 && reply.answer.json?["senderId"] == "usr_5" && reply.answer.json?["status"] == "pending")
    #expect(reply.effects.emits.map(\.name) == ["conversation", "message"])
    #expect(engine.run(to: noon + 1000).emits.map { $0.envelope?["status"] } == ["sent", "delivered", "read"])
  }
}
