import HubTesting
import OrderedJSON
import Testing

@testable import HubStore

/// An echo that was stored as a message of its own, because the answer took longer than it could wait.
@Suite struct StoredEchoTests {
  private let folder: Folder
  private let journal: Journal

  init() throws {
    folder = try Folder()
    var options = JournalOptions()
    options.echoWaitMs = 1
    journal = try Journal(path: folder.database, options: options)
  }

  /// A message under way, and its echo as another.
  private func storedApart(userID: String? = nil) async throws -> (sent: AcceptedSend, echo: String) {
    let sent = try await journal.accepted()
    _ = try await journal.begin(1)
    // The newer of the two.
    try await journal.store(
      Sample.message(
        "w1", from: userID == nil ? "5511991230001" : nil, userID: userID, text: "oi", direction: "outbound", origin: "echo",
        timeMs: SystemClock.now() + 60_000))
    let echo = try #require(journal.all().last { $0.kind == "message.created" }?.json["message"]?["id"]?.string)
    #expect(echo != sent.id)
    return (sent, echo)
  }

  @Test("the answer makes it the echo of ours: one message is left, the other is told as deleted")
  func joined() async throws {
    let (sent, echo) = try await storedApart()
    try await journal.settle(1, .accepted(providerID: "w1", phone: nil))
    let texts = try journal.texts(sent.conversation)
    #expect(texts.map { $0["id"]?.string } == [sent.id])
    #expect(texts[0]["providerMessageId"] == "w1" && texts[0]["status"] == "sent")
    let deleted = try journal.all().filter { $0.kind == "message.deleted" }.map(\.json)
    #expect(deleted.count == 1 && deleted[0]["message"]?["id"]?.string == echo && deleted[0]["message"]?["providerMessageId"] == .null)
    #expect(deleted[0]["delete"] == ["target": .null, "messageId": .string(echo), "applied": true, "joinedTo": .string(sent.id)])
    #expect(deleted[0]["conversation"]?["lastMessage"]?["id"]?.string == sent.id)
    #expect(try journal.conversations(tenant: "demo", limit: 9).count == 1)
  }

  @Test("later statuses and redeliveries of the echo are those of ours, also after a restart")
  func later() async throws {
    let (sent, _) = try await storedApart()
    try await journal.settle(1, .accepted(providerID: "w1", phone: nil))
    try journal.close()
    let again = try Journal(path: folder.database)
    try await again.store(Sample.status("w1", "read"))
    let echo = Sample.message("w1", text: "oi", direction: "outbound", origin: "echo")
    guard case .duplicate? = try await again.store(echo).first else { Issue.record("a redelivery is a second message"); return }
    #expect(try again.told(sent.id) == ["sent", "read"])
    #expect(try again.texts(sent.conversation).map { $0["id"]?.string } == [sent.id])
  }

  @Test("how far it had come by then, and what it was reacted with, is kept")
  func kept() async throws {
    let (sent, echo) = try await storedApart()
    try await journal.store(
      Sample.status("w1", "delivered"),
      Sample.event("message.reaction", id: "r1", ["reaction": ["target": "w1", "emoji": "👍"]], conversation: "5511991230001"))
    #expect(try journal.told(echo) == ["delivered"])
    try await journal.settle(1, .accepted(providerID: "w1", phone: nil))
    #expect(try journal.told(sent.id) == ["sent", "delivered"])
    let texts = try journal.texts(sent.conversation)
    #expect(texts.count == 1 && texts[0]["reactions"]?.array?.count == 1 && texts[0]["status"] == "delivered")
  }

  /// What was told of a message by events of a kind.
  private func changes(_ kind: String, of id: String) throws -> [JSONValue] {
    try journal.all().filter { $0.kind == kind }.map(\.json).filter { $0["message"]?["id"]?.string == id }
  }

  @Test("what was edited on the phone is taken over, and told of ours")
  func edited() async throws {
    let (sent, echo) = try await storedApart()
    try await journal.store(Sample.event("message.edited", id: "e1", ["edit": ["target": "w1", "text": "às 16h"]]))
    #expect(try changes("message.edited", of: echo).count == 1)
    try await journal.settle(1, .accepted(providerID: "w1", phone: nil))
    let text = try #require(journal.texts(sent.conversation).first)
    #expect(text["id"]?.string == sent.id && text["text"] == "às 16h" && text["edited"] == true)
    let told = try changes("message.edited", of: sent.id)
    #expect(told.count == 1 && told[0]["message"]?["text"] == "às 16h" && told[0]["message"]?["providerMessageId"] == "w1")
    let edit: JSONValue = [
      "target": "w1", "messageId": .string(sent.id), "applied": true, "text": "às 16h", "type": "text", "direction": "outbound",
    ]
    #expect(told[0]["edit"] == edit)
    // The channel's own is known by its id, and a later one is of ours.
    let again = Sample.event("message.edited", id: "e1", ["edit": ["target": "w1", "text": "às 16h"]])
    guard case .duplicate? = try await journal.store(again).first else { Issue.record("a redelivery is a second edit"); return }
    try await journal.store(Sample.event("message.edited", id: "e2", ["edit": ["target": "w1", "text": "às 17h"]]))
    #expect(try journal.texts(sent.conversation).first?["text"] == "às 17h")
  }

  @Test("a caption that was edited is taken over; what was sent stays")
  func editedCaption() async throws {
    var send = Sample.send()
    send.message = ["type": "image", "media": ["url": "https://example.com/a.png"], "caption": "oi"]
    let sent = try await journal.accepted(send)
    _ = try await journal.begin(1)
    let message: JSONObject = [
      "providerMessageId": "w1", "direction": "outbound", "type": "image", "caption": "oi", "media": ["id": "9"], "origin": "echo",
    ]
    try await journal.store(
      Sample.event(
        "message.created", id: "w1", ["contact": ["phone": "5511991230001"], "message": .object(message)], conversation: "5511991230001"),
      Sample.event("message.edited", id: "e1", ["edit": ["target": "w1", "caption": "às 16h"]]))
    try await journal.settle(1, .accepted(providerID: "w1", phone: nil))
    let texts = try journal.texts(sent.conversation)
    #expect(texts.count == 1 && texts[0]["id"]?.string == sent.id && texts[0]["caption"] == "às 16h")
    #expect(texts[0]["edited"] == true && texts[0]["media"]?["url"] == "https://example.com/a.png")
    #expect(try changes("message.edited", of: sent.id).first?["edit"]?["caption"] == "às 16h")
  }

  @Test("what was deleted on the phone stays deleted, and is told of ours")
  func deletedOnPhone() async throws {
    let (sent, _) = try await storedApart()
    try await journal.store(
      Sample.event("message.edited", id: "e1", ["edit": ["target": "w1", "text": "às 16h"]]),
      Sample.event("message.deleted", id: "d1", ["delete": ["target": "w1"]]))
    try await journal.settle(1, .accepted(providerID: "w1", phone: nil))
    let text = try #require(journal.texts(sent.conversation).first)
    #expect(text["id"]?.string == sent.id && text["text"] == .null)
    #expect(text["deleted"] == true && text["edited"] == true)
    let told = try changes("message.deleted", of: sent.id)
    #expect(told.count == 1 && told[0]["message"]?["deleted"] == true)
    #expect(told[0]["delete"] == ["target": "w1", "messageId": .string(sent.id), "applied": true, "direction": "outbound"])
    #expect(try changes("message.edited", of: sent.id).isEmpty, "there are no words to tell")
    #expect(try journal.told(sent.id) == ["sent"])
  }

  @Test("each reaction is told of ours, with who gave it")
  func reactions() async throws {
    let (sent, _) = try await storedApart()
    try await journal.store(
      Sample.event("message.reaction", id: "r1", ["reaction": ["target": "w1", "emoji": "👍"]], conversation: "5511991230001"),
      Sample.event(
        "message.reaction", id: "r2", ["reaction": ["target": "w1", "emoji": "🎉", "direction": "outbound"]],
        conversation: "5511991230001"))
    try await journal.settle(1, .accepted(providerID: "w1", phone: nil))
    let told = try changes("message.reaction", of: sent.id)
    #expect(told.map { $0["reaction"]?["emoji"]?.string } == ["👍", "🎉"])
    #expect(told.map { $0["reaction"]?["direction"]?.string } == ["inbound", "outbound"])
    #expect(told.map { $0["reaction"]?["messageId"]?.string } == [sent.id, sent.id])
    #expect(told.map { $0["message"]?["reactions"]?.array?.count } == [1, 2])
    let contact = try #require(told.first?["contact"]?["id"]?.string)
    let both: JSONValue = [["from": .string(contact), "emoji": "👍"], ["from": "self", "emoji": "🎉"]]
    #expect(try journal.texts(sent.conversation).first?["reactions"] == both)
    try await journal.store(
      Sample.event("message.reaction", id: "r3", ["reaction": ["target": "w1", "removed": true]], conversation: "5511991230001"))
    #expect(try journal.texts(sent.conversation).first?["reactions"]?.array?.count == 1)
  }

  @Test("a reaction in a group is told with the member who gave it")
  func reactionInGroup() async throws {
    try await journal.store(Sample.message("g1", group: "g@g.us"))
    let group = try #require(journal.conversations(tenant: "demo", limit: 1).first)
    let sent = try await journal.accepted(Sample.send(to: group.id))
    _ = try await journal.begin(1)
    try await journal.store(
      Sample.message("w1", from: "5511990000000", direction: "outbound", origin: "echo", group: "g@g.us"),
      Sample.event(
        "message.reaction", id: "r1",
        ["contact": ["phone": "5511991230001"], "conversation": ["group": true], "reaction": ["target": "w1", "emoji": "👍"]],
        conversation: "g@g.us"))
    try await journal.settle(1, .accepted(providerID: "w1", phone: nil))
    let told = try changes("message.reaction", of: sent.id)
    #expect(told.count == 1 && told[0]["contact"]?["phone"] == "5511991230001")
    #expect(told.first?["message"]?["reactions"]?[0]?["from"] == told.first?["contact"]?["id"])
  }

  @Test("errors go with a failure that stands, and are told where the message has them", arguments: [true, false])
  func errors(stands: Bool) async throws {
    let (sent, _) = try await storedApart()
    let errors: JSONValue = [["code": "131026", "title": "undeliverable"]]
    if !stands { try await journal.store(Sample.status("w1", "delivered")) }
    try await journal.store(Sample.status("w1", "failed", errors: errors))
    try await journal.settle(1, .accepted(providerID: "w1", phone: nil))
    #expect(try journal.told(sent.id) == ["sent", stands ? "failed" : "delivered"])
    let last = try #require(changes("message.status", of: sent.id).last)
    #expect(last["status"]?["errors"] == (stands ? errors : nil))
    #expect(try journal.texts(sent.conversation).first?["errors"] == (stands ? errors : nil))
  }

  @Test("one that was stored in another conversation is taken out of that one")
  func elsewhere() async throws {
    let (sent, _) = try await storedApart(userID: "BR.77")
    try await journal.settle(1, .accepted(providerID: "w1", phone: nil))
    let conversations = try journal.conversations(tenant: "demo", limit: 9)
    #expect(conversations.count == 2)
    for conversation in conversations {
      #expect(try journal.texts(conversation.id).map { $0["id"]?.string } == (conversation.id == sent.conversation ? [sent.id] : []))
    }
  }

  @Test("a message of the contact with that id is none of ours")
  func inbound() async throws {
    let sent = try await journal.accepted()
    _ = try await journal.begin(1)
    try await journal.store(Sample.message("w1"))
    try await journal.settle(1, .accepted(providerID: "w1", phone: nil))
    #expect(try journal.texts(sent.conversation).count == 2)
    #expect(try !journal.all().contains { $0.kind == "message.deleted" })
  }
}
