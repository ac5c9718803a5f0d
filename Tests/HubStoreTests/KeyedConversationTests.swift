import HubStore
import OrderedJSON
import Testing

/// Conversations that the provider tells apart by keys of its own, and not by whom they are with.
@Suite struct KeyedConversationTests {
  let folder: Folder
  let journal: Journal

  init() throws {
    folder = try Folder()
    journal = try Journal(path: folder.database)
  }

  private func conversations() throws -> [ConversationSnapshot] { try journal.conversations(tenant: "demo", limit: 10) }

  private func event(_ kind: String, _ id: String, in key: String, contact: String? = nil, _ body: JSONObject = [:]) -> IncomingEvent {
    var body = body
    body["conversation"] = ["group": false, "keyed": true]
    if let contact { body["contact"] = ["userId": .string(contact), "name": "Jussara"] }
    return Sample.event(kind, id: id, .object(body), conversation: key)
  }

  private func message(_ id: String, in key: String, contact: String? = nil, direction: String = "inbound") -> IncomingEvent {
    let message: JSONValue = ["providerMessageId": .string(id), "direction": .string(direction), "type": "text", "text": "oi"]
    return event("message.created", id, in: key, contact: contact, ["message": message])
  }

  @Test("one contact with two keys has two conversations, and neither is a group")
  func twoKeys() async throws {
    try await journal.store(message("m1", in: "conv_1", contact: "ctc_1"), message("m2", in: "conv_2", contact: "ctc_1"))
    let page = try conversations()
    #expect(page.count == 2)
    #expect(page.allSatisfy { $0.group == nil })
    let keys = try page.map { try journal.reach(of: $0.id, tenant: "demo")?.key }
    #expect(Set(keys) == ["conv_1", "conv_2"])
    #expect(Set(page.map(\.contact)).count == 1)
    #expect(try journal.all().allSatisfy { $0.json["conversation"]?["group"] == false && $0.json["contact"]?["userId"] == "ctc_1" })
  }

  @Test("what names no person is in the conversation of its key, with the contact known for it")
  func withoutPerson() async throws {
    try await journal.store(
      event("conversation.updated", "c1", in: "conv_1", contact: "ctc_1"), message("m1", in: "conv_1", direction: "outbound"),
      event("message.status", "m1:read", in: "conv_1", ["status": ["target": "m1", "status": "read"]]))
    let only = try #require(try conversations().first)
    let told = try journal.all()
    #expect(told.map(\.kind) == ["conversation.created", "conversation.updated", "message.created", "message.status"])
    #expect(told.allSatisfy { $0.conversation == only.id && $0.json["contact"]?["userId"] == "ctc_1" })
  }

  @Test("a conversation whose contact is told later gets it, and only from an event about the conversation")
  func laterContact() async throws {
    try await journal.store(message("m1", in: "conv_1"))
    #expect(try journal.all().last?.json["contact"]?["userId"] == "conv_1")
    try await journal.store(message("m2", in: "conv_1", contact: "usr_5"), message("m3", in: "conv_1"))
    #expect(try journal.all().last?.json["contact"]?["userId"] == "conv_1")
    try await journal.store(event("conversation.updated", "c1", in: "conv_1", contact: "ctc_1"), message("m4", in: "conv_1"))
    #expect(try journal.all().last?.json["contact"]?["userId"] == "ctc_1")
    #expect(try conversations().count == 1)
    #expect(try conversations().first?.unreadCount == 4)
  }

  @Test("when two contacts turn out to be one, their keyed conversations stay two")
  func merge() async throws {
    try await journal.store(
      message("m1", in: "conv_1", contact: "ctc_1"), Sample.message("p1", from: "5511991230001"),
      Sample.message("b1", from: "5511991230001", userID: "ctc_1"))
    let page = try conversations()
    #expect(page.count == 2)
    #expect(Set(page.map(\.contact)).count == 1)
    try await journal.store(message("m2", in: "conv_1"))
    #expect(try conversations().first { $0.contact != nil && $0.body.isMessage("m2") }?.unreadCount == 2)
  }

  @Test("a journal that is opened again knows them by their keys")
  func reopened() async throws {
    try await journal.store(message("m1", in: "conv_1", contact: "ctc_1"))
    let before = try conversations()
    try journal.close()
    let again = try Journal(path: folder.database)
    #expect(try again.conversations(tenant: "demo", limit: 10) == before)
    try await again.store(message("m2", in: "conv_1"))
    #expect(try again.all().last?.json["contact"]?["userId"] == "ctc_1")
    try again.close()
  }
}

extension [UInt8] {
  fileprivate func isMessage(_ id: String) -> Bool { String(decoding: self, as: UTF8.self).contains(#""providerMessageId":"\#(id)""#) }
}
