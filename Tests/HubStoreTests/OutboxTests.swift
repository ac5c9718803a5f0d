import HubTesting
import OrderedJSON
import Testing

@testable import HubStore

@Suite struct OutboxTests {
  let folder: Folder
  let clock = ManualClock()
  let journal: Journal

  init() throws {
    folder = try Folder()
    journal = try Journal(path: folder.database, options: clock.options)
  }

  @Test("an accepted message is pending, a message of its conversation, and still to be sent after a restart")
  func accepted() async throws {
    let accepted = try await journal.accepted()
    let message = try JSONValue(parsing: accepted.message)
    #expect(message["id"]?.string == accepted.id && message["status"] == "pending" && message["providerMessageId"] == .null)
    #expect(message["direction"] == "outbound" && message["origin"] == "api" && message["text"] == "oi")
    let events = try journal.all()
    #expect(events.map(\.kind) == ["conversation.created", "message.created"])
    #expect(events[1].json["contact"]?["phone"] == "5511991230001" && events[1].cause == "req-9")
    #expect(events[1].json["conversation"]?["unreadCount"] == 0)
    try journal.close()
    let again = try Journal(path: folder.database, options: clock.options)
    #expect(try await again.openOutbox() == [accepted.ticket])
    #expect(try again.texts(accepted.conversation) == [message])
  }

  @Test("what the channel is given names the receiver, the message and the attempt")
  func delivery() async throws {
    let first = try await journal.accepted()
    guard case .begun(let delivery) = try await journal.begin(1) else { Issue.record("not begun"); return }
    let body = try JSONValue(parsing: delivery.body)
    #expect(delivery.conversation == "5511991230001" && delivery.account == "acc" && delivery.id == first.id && delivery.kind == .send)
    #expect(body["reference"]?.string == first.id && body["attempt"] == 1)
    #expect(body["to"] == ["key": "5511991230001", "phone": "5511991230001", "group": false])
    #expect(body["message"] == ["id": .string(first.id), "type": "text", "text": "oi"])
    #expect(try journal.outbox(limit: 9).map(\.state) == [.inFlight(attempt: 1, sinceMs: clock.now)])
  }

  @Test("the provider's id joins the answer, later statuses and the echo as one message; ranks only rise")
  func joined() async throws {
    let sent = try await journal.accepted()
    _ = try await journal.begin(1)
    try await journal.settle(1, .accepted(providerID: "wamid.1", phone: nil))
    try await journal.store(Sample.status("wamid.1", "read"), Sample.status("wamid.1", "delivered"))
    let echo = Sample.message("wamid.1", text: "oi", direction: "outbound", origin: "echo")
    #expect(try await journal.store(echo) == [.duplicate(sequence: 2)])
    #expect(try journal.told(sent.id) == ["sent", "read"])
    let texts = try journal.texts(sent.conversation)
    #expect(texts.count == 1 && texts[0]["providerMessageId"] == "wamid.1" && texts[0]["status"] == "read")
    #expect(try journal.outbox(limit: 9).isEmpty && journal.outboxDepths().isEmpty)
  }

  @Test("the same key gives the same message back for a day, another body is refused, another tenant has its own keys")
  func idempotency() async throws {
    let first = try await journal.accepted(Sample.send(key: ("k", [1])))
    let again = try await journal.accepted(Sample.send(key: ("k", [1])))
    #expect(again.id == first.id && again.ticket == nil && again.message == first.message)
    #expect(try await journal.accept(Sample.send(key: ("k", [2]))) == .refused(.keyReused))
    #expect(try await journal.accepted(Sample.send(tenant: "other", key: ("k", [2]))).id != first.id)
    clock.advance(86_400_001)
    #expect(try await journal.accepted(Sample.send(key: ("k", [1]))).id != first.id)
  }

  @Test("what only repeats gives the message of its key back, and accepts nothing new")
  func repeatOnly() async throws {
    var send = Sample.send(key: ("k", [1]))
    send.isRepeatOnly = true
    #expect(try await journal.accept(send) == .refused(.unknownKey))
    #expect(try journal.all().isEmpty)
    let first = try await journal.accepted(Sample.send(key: ("k", [1])))
    #expect(try await journal.accepted(send).id == first.id)
  }

  @Test("the uploads are known that messages name which may still be sent")
  func uploads() async throws {
    let media: (String) -> JSONObject = { ["type": "image", "media": ["upload": .string($0)]] }
    let header: JSONValue = ["kind": "buttons", "header": ["media": ["upload": "med_2"]], "text": "t", "buttons": []]
    _ = try await journal.accepted(Sample.send(more: media("med_1")))
    _ = try await journal.accepted(Sample.send(to: "5511991230002", more: ["type": "interactive", "interactive": header]))
    _ = try await journal.accepted(Sample.send(to: "5511991230003", more: media("med_3")))
    _ = try await journal.accepted(Sample.send("no \"upload\": here"))
    #expect(try journal.uploadsAwaited() == ["med_1", "med_2", "med_3"])
    _ = try await journal.begin(1)
    try await journal.settle(1, .accepted(providerID: "w", phone: nil))
    _ = try await journal.begin(2)
    try await journal.settle(2, .rejected(code: "x", text: ""))
    #expect(try journal.uploadsAwaited() == ["med_2", "med_3"], "a dead letter may be sent again")
  }

  @Test("one of eight parallel requests with a key is accepted, and the others get its message")
  func parallel() async throws {
    let ids = try await withThrowingTaskGroup(of: AcceptedSend.self) { group in
      for _ in 0..<8 { group.addTask { try await journal.accepted(Sample.send(key: ("k", [1]))) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(Set(ids.map(\.id)).count == 1 && ids.filter { $0.ticket != nil }.count == 1)
    #expect(try journal.all().filter { $0.kind == "message.created" }.count == 1)
  }

  @Test("what was in flight when the hub ended has an unknown fate, once; what waited waits on")
  func recovery() async throws {
    let sent = try await journal.accepted()
    let waiting = try await journal.accepted(Sample.send("b", to: "5511991230002"))
    _ = try await journal.begin(1)
    _ = try await journal.begin(2)
    try await journal.settle(2, .retry(atMs: clock.now + 5000, code: "500", text: "later"))
    try journal.close()
    let again = try Journal(path: folder.database, options: clock.options)
    let open = try await again.openOutbox()
    #expect(open.map(\.id) == [waiting.id] && open[0].attempts == 1 && open[0].notBeforeMs == clock.now + 5000)
    #expect(try await again.openOutbox() == open)
    #expect(try again.told(sent.id) == ["unknown"])
    let dead = try again.outbox(dead: true, limit: 9)
    #expect(dead.map(\.id) == [sent.id] && dead[0].code == "interrupted" && dead[0].attempts == 1)
    #expect(try await again.begin(1) == .settled)
  }

  @Test("a rejected message fails with the provider's words; sent again on request it is pending, then sent")
  func replay() async throws {
    let sent = try await journal.accepted()
    _ = try await journal.begin(1)
    try await journal.settle(1, .rejected(code: "131047", text: "window closed"))
    var text = try #require(journal.texts(sent.conversation).first)
    #expect(text["status"] == "failed" && text["errors"] == [["code": "131047", "title": "window closed"]])
    #expect(try journal.outbox(dead: true, limit: 9).map(\.code) == ["131047"])
    #expect(try await journal.retry(sent.id, "msg_none").map(\.number) == [1])
    _ = try await journal.begin(1, 2)
    try await journal.settle(1, .accepted(providerID: "wamid.2", phone: nil), attempt: 2)
    #expect(try journal.told(sent.id) == ["failed", "pending", "sent"])
    text = try #require(journal.texts(sent.conversation).first)
    #expect(text["status"] == "sent" && text["errors"] == nil)
  }

  @Test("what is done goes after 8 days, keys after one; what is dead stays")
  func cleaning() async throws {
    let done = try await journal.accepted(Sample.send(key: ("k", [1])))
    _ = try await journal.begin(1)
    try await journal.settle(1, .accepted(providerID: "w", phone: nil))
    let dead = try await journal.accepted(Sample.send("b", to: "5511991230002"))
    _ = try await journal.begin(2)
    try await journal.settle(2, .rejected(code: "x", text: ""))
    func counts() throws -> [Int64?] {
      try journal.reading { storage in
        try storage.read {
          [try SQLStatement.number($0, "SELECT count(*) FROM outbox"), try SQLStatement.number($0, "SELECT count(*) FROM outbox_keys")]
        }
      }
    }
    #expect(try counts() == [2, 1])
    clock.advance(8 * 86_400_000 + 1)
    _ = try await journal.drop("msg_none")
    #expect(try counts() == [1, 0])
    #expect(try journal.outbox(limit: 9).map(\.id) == [dead.id])
    #expect(try journal.texts(done.conversation).count == 1, "the message itself is not the outbox's")
  }

  @Test("what is dropped before it was sent fails; what is under way or done stays")
  func dropping() async throws {
    let first = try await journal.accepted()
    let second = try await journal.accepted(Sample.send("b"))
    _ = try await journal.begin(1)
    #expect(try await journal.drop(first.id, second.id) == [second.id])
    #expect(try journal.told(second.id) == ["failed"])
    try await journal.settle(1, .accepted(providerID: "w", phone: nil))
    #expect(try await journal.drop(first.id, second.id).isEmpty)
    #expect(try await journal.begin(2) == .settled)
  }

  @Test("a stale outcome changes nothing")
  func stale() async throws {
    let sent = try await journal.accepted()
    try await journal.settle(1, .accepted(providerID: "w", phone: nil))
    _ = try await journal.begin(1)
    try await journal.settle(1, .rejected(code: "x", text: ""), attempt: 2)
    #expect(try journal.told(sent.id).isEmpty)
    // A commit told as failed that reached the disk all the same.
    guard case .begun = try await journal.begin(1) else { Issue.record("the same attempt may begin"); return }
    #expect(try await journal.begin(1, 2) == .settled)
  }

  @Test("a contact is found under either spelling of its phone and keeps the provider's")
  func spelling() async throws {
    try await journal.store(Sample.message("in.1", from: "551191230001"))
    let sent = try await journal.accepted(Sample.send(to: "5511991230001"))
    #expect(try journal.conversations(tenant: "demo", limit: 9).map(\.id) == [sent.conversation])
    guard case .begun(let delivery) = try await journal.begin(1) else { Issue.record("not begun"); return }
    #expect(delivery.conversation == "551191230001")
    try await journal.settle(1, .accepted(providerID: "w", phone: "5511991230001"))
    _ = try await journal.accepted(Sample.send(to: sent.conversation))
    guard case .begun(let next) = try await journal.begin(2) else { Issue.record("not begun"); return }
    #expect(next.conversation == "5511991230001")
  }

  @Test("a conversation of another tenant or account is none; a quoted message must be one of the conversation")
  func refusals() async throws {
    try await journal.store(Sample.message("in.1"), Sample.message("in.2", from: "5511991230009"))
    let mine = try journal.conversations(tenant: "demo", limit: 9)
    #expect(try await journal.accept(Sample.send(to: "cnv_none")) == .refused(.unknownConversation))
    #expect(try await journal.accept(Sample.send(to: mine[0].id, tenant: "other")) == .refused(.unknownConversation))
    var elsewhere = Sample.send(to: mine[0].id)
    elsewhere.account = "other"
    #expect(try await journal.accept(elsewhere) == .refused(.unknownConversation))
    #expect(try await journal.accept(Sample.send(more: ["replyTo": "in.2"])) == .refused(.unknownMessage(member: "replyTo")))
    #expect(try journal.all().count == 4, "nothing was stored")
    let quoting = try await journal.accepted(Sample.send(more: ["replyTo": "in.1"]))
    #expect(try JSONValue(parsing: quoting.message)["replyTo"] == "in.1")
    guard case .begun(let delivery) = try await journal.begin(1) else { Issue.record("not begun"); return }
    #expect(try JSONValue(parsing: delivery.body)["message"]?["replyTo"] == ["providerMessageId": "in.1", "fromMe": false])
  }

  @Test("a message may quote by our id one that is itself still to be sent")
  func quotingPending() async throws {
    let first = try await journal.accepted()
    _ = try await journal.accepted(Sample.send("b", more: ["replyTo": .string(first.id)]))
    _ = try await journal.begin(1)
    try await journal.settle(1, .accepted(providerID: "w1", phone: nil))
    guard case .begun(let delivery) = try await journal.begin(2) else { Issue.record("not begun"); return }
    #expect(try JSONValue(parsing: delivery.body)["message"]?["replyTo"] == ["providerMessageId": "w1", "fromMe": true])
  }

  @Test("a reaction is no message: it shows once the provider took it, and its echo is a duplicate")
  func reaction() async throws {
    try await journal.store(Sample.message("in.1"))
    let conversation = try #require(journal.conversations(tenant: "demo", limit: 1).first)
    let inbound = try #require(journal.texts(conversation.id).first?["id"]?.string)
    var send = Sample.send(to: conversation.id)
    send.message = ["type": "reaction", "reaction": ["target": .string(inbound), "emoji": "👍"]]
    let sent = try await journal.accepted(send)
    #expect(try JSONValue(parsing: sent.message)["status"] == "pending")
    guard case .begun(let delivery) = try await journal.begin(1) else { Issue.record("not begun"); return }
    #expect(try JSONValue(parsing: delivery.body)["message"]?["reaction"] == ["target": "in.1", "emoji": "👍", "fromMe": false])
    #expect(try journal.all().count == 2)
    try await journal.settle(1, .accepted(providerID: "w.r", phone: nil))
    #expect(try journal.texts(conversation.id).first?["reactions"] == [["from": "self", "emoji": "👍"]])
    let echo = Sample.event(
      "message.reaction", id: "w.r", ["reaction": ["target": "in.1", "emoji": "👍", "direction": "outbound"]], conversation: "5511991230001")
    guard case .duplicate? = try await journal.store(echo).first else { Issue.record("the echo is a second reaction"); return }
  }

  @Test("a reaction that comes to nothing is told as a status of its id", arguments: ["failed", "unknown", "dropped"])
  func lostReaction(fate: String) async throws {
    try await journal.store(Sample.message("in.1"))
    let conversation = try #require(journal.conversations(tenant: "demo", limit: 1).first)
    var send = Sample.send(to: conversation.id)
    send.message = ["type": "reaction", "reaction": ["target": "in.1", "emoji": "👍"]]
    let sent = try await journal.accepted(send)
    if fate == "dropped" { #expect(try await journal.drop(sent.id) == [sent.id]) } else { _ = try await journal.begin(1) }
    switch fate {
    case "failed": try await journal.settle(1, .rejected(code: "131047", text: "window closed"))
    case "unknown": try await journal.settle(1, .unknown(code: "timeout", text: "no answer"))
    default: break
    }
    #expect(try journal.told(sent.id) == [fate == "unknown" ? "unknown" : "failed"])
    let told = try #require(journal.all().last)
    #expect(told.json["status"]?["messageId"]?.string == sent.id && told.json["message"]?["type"] == "reaction")
    let codes: [String: JSONValue] = ["failed": "131047", "dropped": "dropped"]
    #expect(told.json["status"]?["errors"]?.array?.first?["code"] == codes[fate])
    #expect(try journal.texts(conversation.id).count == 1 && journal.texts(conversation.id).first?["reactions"] == nil)
  }
}
