import HubStore
import OrderedJSON
import Testing

@Suite struct ContactTests {
  let folder: Folder
  let journal: Journal

  init() throws {
    folder = try Folder()
    journal = try Journal(path: folder.database)
  }

  private func conversations() throws -> [ConversationSnapshot] { try journal.conversations(tenant: "demo", limit: 10) }

  @Test(
    "two spellings of one number are one contact, shown as WhatsApp gave it last",
    arguments: [("5531988887777", "553188887777"), ("5215512345678", "525512345678"), ("5491112345678", "541112345678")])
  func variants(_ one: String, _ other: String) async throws {
    try await journal.store(Sample.message("m1", from: one), Sample.message("m2", from: other))
    #expect(try conversations().count == 1)
    #expect(try journal.all().last?.json["contact"]?["phone"]?.string == other)
    try await journal.store(Sample.message("m3", from: one))
    #expect(try conversations().count == 1)
  }

  @Test("landlines that differ by a nine are two contacts")
  func landlines() async throws {
    try await journal.store(Sample.message("m1", from: "553133334444"), Sample.message("m2", from: "5531933334444"))
    #expect(try conversations().count == 2)
  }

  @Test("a user id without phone has a conversation, and an event that ties both brings the conversations together")
  func merge() async throws {
    let user = "BR.90817263544120987"
    try await journal.store(Sample.message("p1", text: "phone"), Sample.message("u1", from: nil, userID: user, text: "user"))
    #expect(try conversations().count == 2)
    let lost = try #require(try conversations().first { $0.body.contains(user) }).id
    try await journal.store(Sample.message("b1", userID: user, text: "both"))
    let only = try #require(try conversations().first)
    #expect(try conversations().count == 1)
    #expect(only.unreadCount == 3)
    #expect(try journal.messages(conversation: only.id, tenant: "demo", limit: 10)?.count == 3)
    #expect(try journal.conversation(id: lost, tenant: "demo")?.id == only.id)
    let told = try #require(try journal.all().first { $0.kind == "conversation.updated" })
    #expect(told.json["updates"]?["mergedFrom"]?.string == lost)
    try await journal.store(Sample.message("u2", from: nil, userID: user), Sample.message("p2"))
    #expect(try conversations().map(\.unreadCount) == [5])
  }

  @Test("the user id that several businesses have in common goes with the events that tell it, and is no name")
  func parent() async throws {
    func message(_ id: String, _ contact: JSONValue) -> IncomingEvent {
      let message: JSONValue = [
        "providerMessageId": .string(id), "direction": "inbound", "type": "text", "text": "oi", "origin": "realtime",
      ]
      return Sample.event("message.created", id: id, ["contact": contact, "message": message])
    }
    try await journal.store(
      message("m1", ["userId": "BR.1", "parentUserId": "BR.ENT.9"]), message("m2", ["userId": "BR.1"]),
      message("m3", ["userId": "BR.2", "parentUserId": "BR.ENT.9"]), message("m4", ["userId": "BR.2", "parentUserId": "BR.ENT.9"]))
    let contacts = try journal.all().filter { $0.kind == "message.created" }.map { $0.json["contact"]?.object }
    #expect(contacts.map { $0?["parentUserId"]?.string } == ["BR.ENT.9", nil, "BR.ENT.9", "BR.ENT.9"])
    #expect(contacts[1]?.keys == ["id", "phone", "userId", "lid", "username", "name", "avatar"])
    #expect(try conversations().count == 2)
  }

  @Test("a number that went to another person does not bring their conversations together")
  func recycled() async throws {
    try await journal.store(
      Sample.message("a", userID: "BR.1"), Sample.message("b", userID: "BR.2"), Sample.message("c", from: nil, userID: "BR.1"))
    #expect(try conversations().map(\.unreadCount).sorted() == [1, 2])
  }

  @Test("a group is one conversation whoever writes in it")
  func group() async throws {
    try await journal.store(
      Sample.message("g1", from: "5511991230001", group: "120363@g.us"), Sample.message("g2", from: "5511991230002", group: "120363@g.us"),
      Sample.message("d1", from: "5511991230001"))
    let page = try conversations()
    #expect(page.count == 2)
    let group = try #require(page.first { $0.group != nil })
    #expect(group.unreadCount == 2)
    #expect(group.contact == nil)
    #expect(try journal.all().filter { $0.conversation == group.id }.compactMap { $0.json["contact"]?["phone"]?.string }.count == 2)
  }

  @Test("ten photos at once from a new contact open one conversation")
  func album() async throws {
    let journal = journal
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<10 { group.addTask { try await journal.store(Sample.message("photo\(number)")) } }
      try await group.waitForAll()
    }
    #expect(try conversations().map(\.unreadCount) == [10])
    #expect(try journal.all().filter { $0.kind == "conversation.created" }.count == 1)
  }

  @Test("what memory holds is what a newly opened journal reads")
  func reopened() async throws {
    try await journal.store(Sample.message("m1"), Sample.message("m2", name: "Marina Prado"))
    let before = try conversations()
    try journal.close()
    let again = try Journal(path: folder.database)
    #expect(try again.conversations(tenant: "demo", limit: 10) == before)
    try await again.store(Sample.message("m3"))
    #expect(try again.all().last?.json["contact"]?["name"]?.string == "Marina")
    #expect(try again.all().last?.json["conversation"]?["unreadCount"]?.int64 == 3)
    try again.close()
  }
}

extension [UInt8] {
  fileprivate func contains(_ text: String) -> Bool { String(decoding: self, as: UTF8.self).contains(text) }
}
