import HubStore
import OrderedJSON
import Testing

@Suite struct HistoryMediaTests {
  let folder: Folder
  let journal: Journal
  static let image: JSONValue = ["id": "1777", "mimeType": "image/jpeg"]

  init() throws {
    folder = try Folder()
    journal = try Journal(path: folder.database)
  }

  /// What the meta-cloud channel makes of a history's `media_placeholder`, and later of `messages[]` beside no `history`.
  private func event(_ id: String, type: String, media: JSONValue? = nil, caption: String? = nil, suffix: String = "") -> IncomingEvent {
    var message: JSONObject = [
      "providerMessageId": .string(id), "direction": "inbound", "type": .string(type), "text": .null,
      "caption": caption.map { .string($0) } ?? .null, "status": "delivered", "media": media ?? .null, "origin": "history",
    ]
    if type == "unsupported" { message["unsupportedType"] = "media_placeholder" }
    var body: JSONObject = [
      "contact": ["phone": "5511991230001"], "conversation": ["group": false], "message": .object(message),
    ]
    if !suffix.isEmpty {
      var history: JSONObject = ["target": .string(id), "type": .string(type)]
      history["caption"] = caption.map { .string($0) }
      history["media"] = media
      body["history"] = .object(history)
    }
    return Sample.event("history", id: id + suffix, .object(body), conversation: "5511991230001", timeMs: Sample.base - 86_400_000)
  }

  private func messages() throws -> [JSONValue] {
    let conversation = try #require(try journal.conversations(tenant: "demo", limit: 2).first)
    #expect(conversation.unreadCount == 0)
    let page = try #require(try journal.messages(conversation: conversation.id, tenant: "demo", limit: 10))
    return try page.map { try JSONValue(parsing: $0.body) }
  }

  @Test("the media that history sends later takes the placeholder's place, under the message's one id")
  func fills() async throws {
    try await journal.store(event("h1", type: "unsupported"))
    let placeholder = try #require(try messages().first)
    #expect(placeholder["unsupportedType"]?.string == "media_placeholder")
    try await journal.store(event("h1", type: "image", media: Self.image, caption: "a roda", suffix: ":media"))
    let all = try messages()
    #expect(all.count == 1)
    let message = try #require(all.first)
    #expect(message["id"] == placeholder["id"])
    #expect(message["type"]?.string == "image")
    #expect(message["media"] == Self.image)
    #expect(message["caption"]?.string == "a roda")
    #expect(message["unsupportedType"] == nil)
    #expect(message["timestamp"] == placeholder["timestamp"])
    // The event shows it, and so does the conversation's next one.
    #expect(try journal.all().map(\.kind) == ["conversation.created", "history", "history"])
    #expect(try journal.all().last?.json["message"] == message)
    try await journal.store(Sample.status("nobody", "read"), Sample.event("conversation.read", id: "r", [:], conversation: "5511991230001"))
    #expect(try journal.all().last?.json["conversation"]?["lastMessage"] == message)
    try journal.close()
  }

  @Test("a message that has its media, or was deleted, keeps what it has")
  func keeps() async throws {
    try await journal.store(
      event("h1", type: "image", media: ["id": "first"]), event("h1", type: "image", media: Self.image, suffix: ":media"),
      event("h2", type: "unsupported"), Sample.event("message.deleted", id: "d", ["delete": ["target": "h2"]]),
      event("h2", type: "image", media: Self.image, suffix: ":media"))
    let all = try messages()
    #expect(all.compactMap { $0["media"]?["id"]?.string } == ["first"])
    #expect(all.filter { $0["deleted"]?.bool == true }.count == 1)
    try journal.close()
  }

  @Test("media before their placeholder stay when the placeholder comes")
  func early() async throws {
    try await journal.store(event("h1", type: "image", media: Self.image, suffix: ":media"), event("h1", type: "unsupported"))
    let all = try messages()
    #expect(all.map { $0["media"] } == [Self.image])
    #expect(all.first?["type"]?.string == "image")
    try journal.close()
  }
}
