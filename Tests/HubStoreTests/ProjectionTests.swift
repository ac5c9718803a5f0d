import HubStore
import HubTesting
import OrderedJSON
import Testing

@Suite struct ProjectionTests {
  let folder: Folder
  let journal: Journal
  let clock = ManualClock()

  init() throws {
    folder = try Folder()
    journal = try Journal(path: folder.database, options: clock.options)
  }

  private func last() throws -> JSONValue { try #require(try journal.all().last).json }

  private func onlyConversation() throws -> ConversationSnapshot {
    let page = try journal.conversations(tenant: "demo", limit: 10)
    #expect(page.count == 1)
    return try #require(page.first)
  }

  @Test("a first message implies conversation.created right before it, with a sequence of its own")
  func created() async throws {
    try await journal.store(Sample.message("m1"), Sample.message("m2"))
    let events = try journal.all()
    #expect(events.map(\.kind) == ["conversation.created", "message.created", "message.created"])
    #expect(events.map { $0.json["conversation"]?["isNew"]?.bool } == [true, true, false])
    #expect(Set(events.map(\.conversation)).count == 1)
    #expect(events[0].json["conversation"]?["unreadCount"]?.int64 == 0)
    #expect(events[1].json["conversation"]?["unreadCount"]?.int64 == 1)
    #expect(events[0].cause == "req-1")
  }

  @Test("the canonical event has the members of the dialects' page, in their order")
  func canonical() async throws {
    try await journal.store(Sample.message("wamid.1", text: "Olá"))
    let event = try #require(try journal.all().last)
    let json = event.json
    #expect(
      json.object?.keys == [
        "v", "id", "kind", "tenant", "channel", "provider", "account", "occurredAt", "receivedAt", "conversation", "contact", "message",
        "raw",
      ])
    #expect(
      json["message"]?.object?.keys == [
        "id", "providerMessageId", "direction", "type", "text", "caption", "status", "timestamp", "replyTo", "forwarded", "voice",
        "viewOnce",
        "media", "location", "contacts", "interactive", "reaction", "author", "origin",
      ])
    #expect(json["contact"]?.object?.keys == ["id", "phone", "userId", "lid", "username", "name", "avatar"])
    #expect(json["id"]?.string == event.id)
    #expect(json["message"]?["status"]?.string == "delivered")
    #expect(json["occurredAt"]?.string == "2026-01-05T15:00:00.000Z")
    #expect(event.providerID == "wamid.1")
  }

  @Test("an echo and an API message raise no unread, an inbound one does, and reading resets it")
  func unread() async throws {
    try await journal.store(
      Sample.message("m1"), Sample.message("m2", direction: "outbound", origin: "echo"),
      Sample.message("m3", direction: "outbound", origin: "api", status: "pending"), Sample.message("m4"))
    #expect(try onlyConversation().unreadCount == 2)
    try await journal.store(Sample.event("conversation.read", id: "r1", [:], conversation: "5511991230001"))
    #expect(try onlyConversation().unreadCount == 0)
    #expect(try last()["conversation"]?["unreadCount"]?.int64 == 0)
    try await journal.store(Sample.message("m5"))
    let id = try onlyConversation().id
    try await journal.store(Sample.event("conversation.read", id: "r2", [:], conversation: id))
    #expect(try onlyConversation().unreadCount == 0)
  }

  @Test("history yields no message.created and no unread, and a later redelivery keeps the message's id")
  func history() async throws {
    try await journal.store(Sample.message("h1", kind: "history", timeMs: Sample.base - 86_400_000))
    #expect(try journal.all().map(\.kind) == ["conversation.created", "history"])
    #expect(try onlyConversation().unreadCount == 0)
    let id = try last()["message"]?["id"]?.string
    #expect(try last()["message"]?["origin"]?.string == "history")
    try await journal.store(Sample.message("h1"))
    #expect(try last()["message"]?["id"]?.string == id)
    let page = try journal.messages(conversation: try onlyConversation().id, tenant: "demo", limit: 10)
    #expect(page?.count == 1)
  }

  @Test("the time of the last message never goes back")
  func lastMessageAt() async throws {
    try await journal.store(Sample.message("new", text: "new", timeMs: Sample.base + 5000), Sample.message("old", text: "old"))
    let conversation = try onlyConversation()
    #expect(conversation.lastMessageMs == Sample.base + 5000)
    #expect(try last()["conversation"]?["lastMessage"]?["text"]?.string == "new")
    #expect(conversation.unreadCount == 2)
    let page = try #require(try journal.messages(conversation: conversation.id, tenant: "demo", limit: 10))
    #expect(page.compactMap { try? JSONValue(parsing: $0.body)["text"]?.string } == ["new", "old"])
  }

  @Test("a status that does not raise the rank is stored and says so")
  func statuses() async throws {
    try await journal.store(
      Sample.message("m1", direction: "outbound", origin: "api", status: "sent"), Sample.status("m1", "read"),
      Sample.status("m1", "delivered"))
    let events = try journal.all()
    #expect(events[2].json["status"]?["applied"]?.bool == true)
    #expect(events[2].json["message"]?["status"]?.string == "read")
    #expect(events[3].json["status"]?["applied"]?.bool == false)
    #expect(events[3].json["status"]?["reason"]?.string == "rank")
    #expect(events[3].json["message"]?["status"]?.string == "read")
    #expect(events[3].json["message"]?["id"]?.string == events[1].json["message"]?["id"]?.string)
    #expect(events[3].json["conversation"]?["lastMessage"]?["status"]?.string == "read")
    #expect(events[3].conversation == events[1].conversation)
  }

  @Test("a status about what the contact wrote changes nothing: there is nothing to tell of it")
  func statusOfInbound() async throws {
    try await journal.store(Sample.message("m1"), Sample.status("m1", "read"))
    #expect(try last()["status"]?["applied"]?.bool == false && last()["status"]?["reason"]?.string == "inbound")
    #expect(try last()["message"]?["status"]?.string == "delivered")
    let newest = try #require(try journal.messages(conversation: try onlyConversation().id, tenant: "demo", limit: 1)?.first)
    #expect(try JSONValue(parsing: newest.body)["status"]?.string == "delivered")
  }

  @Test("failed is final, but keeps what was delivered and records the error")
  func failed() async throws {
    let errors: JSONValue = [["code": 131_026]]
    try await journal.store(
      Sample.message("m1", direction: "outbound"), Sample.status("m1", "failed", errors: errors), Sample.status("m1", "sent"),
      Sample.message("m2", direction: "outbound"), Sample.status("m2", "delivered"), Sample.status("m2", "failed", errors: errors))
    let page = try #require(try journal.messages(conversation: try onlyConversation().id, tenant: "demo", limit: 10))
    let messages = try page.map { try JSONValue(parsing: $0.body) }
    #expect(messages.map { $0["status"]?.string } == ["delivered", "failed"])
    #expect(messages.allSatisfy { $0["errors"] == errors })
    #expect(try last()["status"]?["applied"]?.bool == false)
  }

  @Test("a failure without errors has none, also one that came before its message")
  func failedWithoutErrors() async throws {
    try await journal.store(
      Sample.message("m1", direction: "outbound"), Sample.status("m1", "failed", errors: []),
      Sample.status("m2", "failed", errors: []), Sample.message("m2", direction: "outbound"))
    let page = try #require(try journal.messages(conversation: try onlyConversation().id, tenant: "demo", limit: 10))
    for message in try page.map({ try JSONValue(parsing: $0.body) }) {
      #expect(message["status"] == "failed" && message["errors"] == nil, "\(message)")
    }
    #expect(page.count == 2)
  }

  @Test("a status before its message waits for it, and not longer than ten minutes")
  func held() async throws {
    try await journal.store(Sample.status("m1", "delivered"))
    #expect(try last()["status"]?["reason"]?.string == "unknown-message")
    try await journal.store(Sample.message("m1", direction: "outbound", status: "sent"))
    #expect(try last()["message"]?["status"]?.string == "delivered")
    try await journal.store(Sample.status("m2", "read"))
    clock.advance(600_001)
    try await journal.store(Sample.message("m2", direction: "outbound", status: "sent"))
    #expect(try last()["message"]?["status"]?.string == "sent")
    #expect(journal.counters.statusesHeld == 2)
    #expect(journal.counters.statusesDropped == 1)
  }

  @Test("any order of statuses ends where the rank rule ends")
  func statusProperty() async throws {
    var generator = SystemRandomNumberGenerator()
    for round in 0..<60 {
      let words = ["sent", "delivered", "read", "failed"].shuffled(using: &generator).prefix(Int.random(in: 1...4, using: &generator))
      let split = Int.random(in: 0...words.count, using: &generator)
      let id = "p\(round)"
      var batch = words.prefix(split).map { Sample.status(id, $0) }
      batch.append(Sample.message(id, direction: "outbound", origin: "api", status: "pending"))
      batch += words.dropFirst(split).map { Sample.status(id, $0) }
      _ = try await journal.append(batch)
      var expected = "pending"
      let rank = ["pending": 0, "sent": 2, "delivered": 3, "read": 4]
      for word in words where expected != "failed" {
        if word == "failed" {
          if rank[expected, default: 0] < 3 { expected = "failed" }
        } else if rank[word, default: 0] > rank[expected, default: 0] {
          expected = word
        }
      }
      let newest = try #require(try journal.messages(conversation: try onlyConversation().id, tenant: "demo", limit: 1)?.first)
      #expect(try JSONValue(parsing: newest.body)["status"]?.string == expected, "\(words) split at \(split)")
    }
  }

  @Test("an edit, a deletion and a reaction change the message and not the unread count")
  func changes() async throws {
    try await journal.store(
      Sample.message("m1", text: "às 15h"),
      Sample.event("message.edited", id: "e1", ["edit": ["target": "m1", "text": "às 16h"]]),
      Sample.event(
        "message.reaction", id: "x1",
        ["contact": ["phone": "5511991230001"], "reaction": ["target": "m1", "emoji": "👍", "removed": false]])
    )
    let conversation = try onlyConversation()
    var message = try JSONValue(
      parsing: try #require(try journal.messages(conversation: conversation.id, tenant: "demo", limit: 1)?.first).body)
    #expect(message["text"]?.string == "às 16h")
    #expect(message["edited"]?.bool == true)
    #expect(message["reactions"]?[0]?["emoji"]?.string == "👍")
    #expect(message["reactions"]?[0]?["from"]?.string == conversation.contact)
    #expect(conversation.unreadCount == 1)
    try await journal.store(
      Sample.event("message.reaction", id: "x2", ["contact": ["phone": "5511991230001"], "reaction": ["target": "m1", "removed": true]]),
      Sample.event("message.deleted", id: "d1", ["delete": ["target": "m1"]]))
    message = try JSONValue(
      parsing: try #require(try journal.messages(conversation: conversation.id, tenant: "demo", limit: 1)?.first).body)
    #expect(message["deleted"]?.bool == true)
    #expect(message["text"]?.isNull == true)
    #expect(message["reactions"] == nil)
    #expect(try last()["delete"]?["applied"]?.bool == true)
    #expect(try last()["message"]?["id"] == message["id"])
  }

  @Test("tenants do not see each other's conversations, not even by id")
  func tenants() async throws {
    try await journal.store(Sample.message("m1"), Sample.message("m1", tenant: "rival"))
    let mine = try onlyConversation()
    let theirs = try #require(try journal.conversations(tenant: "rival", limit: 10).first)
    #expect(mine.id != theirs.id)
    #expect(mine.contact != theirs.contact)
    #expect(try journal.conversation(id: theirs.id, tenant: "demo") == nil)
    #expect(try journal.messages(conversation: theirs.id, tenant: "demo", limit: 1) == nil)
    #expect(try journal.events(after: 0, limit: 10, tenant: "demo").map(\.tenant) == ["demo", "demo"])
    #expect(try journal.events(after: 0, limit: 10, tenant: "rival").map(\.sequence) == [3, 4])
  }

  @Test("pages of conversations and messages are newest first and join without gap or overlap")
  func pages() async throws {
    for number in 0..<25 {
      try await journal.store(
        Sample.message("m\(number)", from: "55119\(90_000_000 + number % 5)", timeMs: Sample.base + Int64(number / 2)))
    }
    var ids: [String] = []
    var place: PagePlace?
    repeat {
      let page = try journal.conversations(tenant: "demo", before: place, limit: 2)
      ids += page.map(\.id)
      place = page.last?.place
    } while place != nil
    #expect(ids == (try journal.conversations(tenant: "demo", limit: 10)).map(\.id))
    #expect(Set(ids).count == 5)
    let whole = try #require(try journal.messages(conversation: ids[0], tenant: "demo", limit: 10))
    let second = try #require(try journal.messages(conversation: ids[0], tenant: "demo", before: whole[1].place, limit: 10))
    #expect(whole.count == 5)
    #expect(second == Array(whole.dropFirst(2)))
  }
}
