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
