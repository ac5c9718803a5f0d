import HubModel
import HubPluginSDK
import OrderedJSON
import Testing

@testable import ChatEngine

/// The checklist at the end of the reference, as far as it is about what is said and what becomes of it. Tokens, paths, and connections are in
/// `ChannelTests` and in the black box.
@Suite struct ChecklistTests {
  // MARK: Subscriptions

  @Test("a conversation that is looked at before the connection is there is subscribed once it is")
  func subscribedBeforeConnect() {
    var subscriptions = Subscriptions(.onDemand)
    _ = subscriptions.look(at: "conv_1", count: 1, clock: 0)
    #expect(subscriptions.said == [])
    subscriptions.joined()
    #expect(subscriptions.said == [.subscribe("conv_1")])
  }

  @Test("a second look at a conversation is not said again")
  func subscribedTwice() {
    var subscriptions = Subscriptions(.onDemand)
    subscriptions.joined()
    for count in [1, 2, 1, 2] { _ = subscriptions.look(at: "conv_1", count: count, clock: 0) }
    #expect(subscriptions.said == [.subscribe("conv_1")])
    _ = subscriptions.look(at: "conv_1", count: 3, clock: 0)
    #expect(subscriptions.said == [])
  }

  @Test("after a reconnect each is subscribed exactly once in the new session")
  func subscribedAfterReconnect() {
    var subscriptions = Subscriptions(.onDemand)
    subscriptions.joined()
    for name in ["conv_1", "conv_2"] { _ = subscriptions.look(at: name, count: 1, clock: 0) }
    #expect(subscriptions.said.count == 2)
    for _ in 0..<3 {
      subscriptions.left()
      subscriptions.joined()
      _ = subscriptions.look(at: "conv_1", count: 2, clock: 1)
      #expect(Set(subscriptions.said) == [.subscribe("conv_1"), .subscribe("conv_2")])
      #expect(subscriptions.said == [])
    }
  }

  @Test("what nobody looks at any more while there is no connection is gone at once, and does not come back")
  func unsubscribedOffline() {
    var subscriptions = Subscriptions(.onDemand)
    subscriptions.joined()
    for name in ["conv_1", "conv_2"] { _ = subscriptions.look(at: name, count: 1, clock: 0) }
    _ = subscriptions.said
    subscriptions.left()
    _ = subscriptions.look(at: "conv_1", count: 0, clock: 5)
    #expect(subscriptions.count == 1)
    subscriptions.joined()
    #expect(subscriptions.said == [.subscribe("conv_2")])
  }

  @Test("a thousand subscriptions are restored after a reconnect without duplicates, also when the connection takes a few at a time")
  func thousand() {
    var subscriptions = Subscriptions(.onDemand)
    let all = Set((0..<1000).map { Subscriptions.Step.subscribe("conv_\($0)") })
    for step in all { _ = subscriptions.look(at: step.conversation, count: 1, clock: 0) }
    subscriptions.joined()
    var said: [Subscriptions.Step] = []
    var attempts = 0
    while let step = subscriptions.next() {
      attempts += 1
      // The host is busy now and then.
      if attempts.isMultiple(of: 7) { subscriptions.failed(step) } else { said.append(step) }
    }
    #expect(said.count == 1000 && Set(said) == all)
    subscriptions.left()
    subscriptions.joined()
    let again = subscriptions.said
    #expect(again.count == 1000 && Set(again) == all)
  }

  @Test("a conversation is left 60 s after the last looked away, unless somebody looks again")
  func lingers() {
    var subscriptions = Subscriptions(.onDemand)
    subscriptions.joined()
    _ = subscriptions.look(at: "conv_1", count: 1, clock: 0)
    _ = subscriptions.said
    _ = subscriptions.look(at: "conv_1", count: 0, clock: 1000)
    #expect(subscriptions.deadline == 61_000)
    subscriptions.pass(to: 60_999)
    #expect(subscriptions.said == [])
    _ = subscriptions.look(at: "conv_1", count: 1, clock: 60_999)
    subscriptions.pass(to: 200_000)
    #expect(subscriptions.said == [] && subscriptions.deadline == nil)
    _ = subscriptions.look(at: "conv_1", count: 0, clock: 200_000)
    subscriptions.pass(to: 260_000)
    #expect(subscriptions.said == [.unsubscribe("conv_1")])
    #expect(subscriptions.count == 0)
  }

  @Test("what lingers over a reconnect is subscribed again and left in its time")
  func lingersOverReconnect() {
    var subscriptions = Subscriptions(.onDemand)
    subscriptions.joined()
    _ = subscriptions.look(at: "conv_1", count: 1, clock: 0)
    _ = subscriptions.look(at: "conv_1", count: 0, clock: 0)
    subscriptions.left()
    subscriptions.joined()
    #expect(subscriptions.said == [.subscribe("conv_1")])
    subscriptions.pass(to: Subscriptions.linger)
    #expect(subscriptions.said == [.unsubscribe("conv_1")])
  }

  @Test("with all, every conversation named is subscribed, up to a limit above which the one named longest ago gives way")
  func all() {
    var subscriptions = Subscriptions(.all, limit: 3)
    subscriptions.joined()
    let evicted = ["a", "b", "c", "a", "d"].map { subscriptions.named($0) }
    #expect(evicted == [nil, nil, nil, nil, "b"])
    #expect(subscriptions.said == [.subscribe("a"), .subscribe("c"), .subscribe("d")])
    _ = subscriptions.named("e")
    #expect(subscriptions.said == [.unsubscribe("c"), .subscribe("e")])
    #expect(subscriptions.look(at: "z", count: 1, clock: 0) == nil)
    #expect(subscriptions.count == 3)
  }

  @Test("with a list, these are subscribed in every session, and nothing else")
  func list() {
    var subscriptions = Subscriptions(.list(["a", "b"]))
    subscriptions.joined()
    _ = subscriptions.named("c")
    _ = subscriptions.look(at: "d", count: 1, clock: 0)
    _ = subscriptions.look(at: "a", count: 0, clock: 0)
    subscriptions.pass(to: .max)
    #expect(subscriptions.said == [.subscribe("a"), .subscribe("b")])
  }

  @Test("on demand and full, what nobody looks at any more gives way first")
  func idleFirst() {
    var subscriptions = Subscriptions(.onDemand, limit: 2)
    subscriptions.joined()
    for name in ["a", "b"] { _ = subscriptions.look(at: name, count: 1, clock: 0) }
    _ = subscriptions.look(at: "b", count: 0, clock: 1)
    #expect(subscriptions.look(at: "c", count: 1, clock: 2) == nil)
    #expect(subscriptions.look(at: "d", count: 1, clock: 3) == "a")
  }

  // MARK: Typing

  @Test("typing is ended 3 s after it was said last")
  func autoStop() {
    var typing = OwnTyping()
    #expect(typing.notice("c", isTyping: true, clock: 0) == [.init(conversation: "c", isTyping: true)])
    #expect(typing.notice("c", isTyping: true, clock: 500) == [])
    #expect(typing.notice("c", isTyping: true, clock: 1500) == [.init(conversation: "c", isTyping: true)])
    #expect(typing.deadline == 4500)
    #expect(typing.pass(to: 4499) == [])
    #expect(typing.pass(to: 4500) == [.init(conversation: "c", isTyping: false)])
    #expect(typing.pass(to: 9000) == [] && typing.deadline == nil)
  }

  @Test("typing that is ended is ended once, and what was never begun is not ended")
  func stopOnce() {
    var typing = OwnTyping()
    #expect(typing.notice("c", isTyping: false, clock: 0) == [])
    _ = typing.notice("c", isTyping: true, clock: 0)
    #expect(typing.notice("c", isTyping: false, clock: 1) == [.init(conversation: "c", isTyping: false)])
    #expect(typing.notice("c", isTyping: false, clock: 2) == [])
    #expect(typing.pass(to: 9000) == [])
  }

  @Test("with the session goes what it was told of typing")
  func typingOverReconnect() {
    var typing = OwnTyping()
    _ = typing.notice("c", isTyping: true, clock: 0)
    typing.left()
    #expect(typing.deadline == nil)
    #expect(typing.notice("c", isTyping: true, clock: 1) == [.init(conversation: "c", isTyping: true)])
  }

  // MARK: What becomes of what

  private func message(_ id: String, _ more: JSONObject = [:]) -> JSONValue {
    var message: JSONObject = [
      "id": .string(id), "workspaceId": "ws_norte", "conversationId": "conv_1", "senderId": "ctc_1", "type": "text", "content": "oi",
      "status": "delivered", "createdAt": "2026-01-05T12:00:00.000Z",
    ]
    for member in more { message[member.key] = member.value }
    return .object(message)
  }

  @Test("two workspaces on one host never mix")
  func twoWorkspaces() {
    var (norte, sul) = (Workspace(id: "ws_norte"), Workspace(id: "ws_sul"))
    let item = message("m1")
    #expect(norte.read("message", [item], at: Case.start).events.map(\.account) == ["ws_norte"])
    let foreign = sul.read("message", [item], at: Case.start)
    #expect(foreign.events.isEmpty && foreign.drops == [.foreignWorkspace: 1])
    // The other's messages route no status here.
    #expect(sul.read("messageStatus", [["messageId": "m1", "status": "read"]], at: Case.start).events.isEmpty)
    #expect(sul.held.count == 1)
  }

  @Test("statuses of a flood of messages that never come are counted, each once")
  func unknownForever() {
    var workspace = Workspace(id: "ws_norte")
    var unroutable = 0
    for number in 0..<(HeldStatuses.limit + 500) {
      let parsed = workspace.read("messageStatus", [["messageId": .string("x\(number)"), "status": "read"]], at: Case.start)
      unroutable += parsed.drops[.unroutableStatus] ?? 0
    }
    #expect(unroutable == 500)
    let late = workspace.pass(to: Moment(wallMs: Case.start.wallMs, clock: Case.start.clock + HeldStatuses.milliseconds))
    #expect(late.drops[.unroutableStatus] == HeldStatuses.limit)
    #expect(late.events.allSatisfy { $0.kind == .messageStatus && $0.conversation.isEmpty })
    #expect(workspace.deadline == nil)
  }

  @Test("the index of messages is bounded, and the one used longest ago is forgotten")
  func boundedIndex() {
    var workspace = Workspace(id: "ws_norte")
    for number in 0...Workspace.messageLimit {
      workspace.messages.use(
        "m\(number)", KnownMessage(conversation: "c", isInbound: false, content: 0, updatedMs: nil, status: .sent))
    }
    #expect(workspace.messages.count == Workspace.messageLimit)
    #expect(workspace.messages["m0"] == nil && workspace.messages["m1"] != nil)
  }

  @Test("a listener's trouble is nobody else's: whatever an argument is, the next one is read")
  func odd() {
    var workspace = Workspace(id: "ws_norte")
    let odd: [JSONValue] = [.null, true, 7, "text", [], [:], [[:]], ["id": 5], ["id": ["a": 1]], ["workspaceId": 7]]
    for name in ["message", "conversation", "messageStatus", "typing", "error", "novidade"] {
      for argument in odd { _ = workspace.read(name, [argument], at: Case.start) }
      #expect(workspace.read("message", [message("after-\(name)")], at: Case.start).events.count == 1)
    }
    #expect(workspace.read("message", [], at: Case.start).drops == [.malformedItem: 1])
  }

  @Test("an event of nothing but items without sense keeps a thousand of them")
  func strays() {
    var workspace = Workspace(id: "ws_norte")
    let items = (0..<1500).map { JSONValue.object(["n": .number(JSONNumber(Int64($0)))]) }
    let parsed = workspace.read("message", [.array(items)], at: Case.start)
    #expect(parsed.events.count == Parsed.strayLimit)
    #expect(parsed.drops == [.malformedItem: 500])
  }
}

extension Subscriptions {
  /// Everything there is to say now.
  fileprivate var said: [Step] {
    mutating get {
      var said: [Step] = []
      while let step = next() { said.append(step) }
      return said
    }
  }
}
