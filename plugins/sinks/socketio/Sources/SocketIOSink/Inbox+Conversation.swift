import OrderedJSON

extension Inbox {
  /// `conversation:new`.
  static let newConversation: PacketMapping.Payload = { event, _ in
    guard let id = event.conversation, let source = event.member("conversation") else { return nil }
    var conversation: JSONObject = ["id": .string(id), "contact": Inbox.contact(event.member("contact"))]
    conversation.copy(["group", "name"], from: source)
    conversation.copy(["channel", "account", "provider"], from: event.body)
    conversation.copy(["unreadCount", "lastMessageAt"], from: source)
    conversation.append("createdAt", event.occurredAt)
    return ["conversation": .object(conversation)]
  }

  /// `conversation:updated`: how the conversation stands after the event, and what the event changed.
  static func update(_ event: CanonicalEvent, _ options: MappingOptions, updates: JSONObject) -> JSONValue? {
    guard let id = event.conversation, let conversation = event.member("conversation") else { return nil }
    var payload: JSONObject = ["conversationId": .string(id)]
    if let last = lastMessage(of: conversation, in: event) {
      payload.append("lastMessage", message(last, of: event, options, canonical: false))
    }
    payload.copy(["lastMessageAt"], from: conversation)
    if !updates.isEmpty { payload.append("updates", .object(updates)) }
    return .object(payload)
  }

  /// The event's own message is the last one where the conversation names no other.
  private static func lastMessage(of conversation: JSONValue, in event: CanonicalEvent) -> JSONValue? {
    if let other = conversation["lastMessage"] { return other.nonNull }
    return event.member("message").flatMap { $0.text("type") == nil ? nil : $0 }
  }

  /// `updates` of a changed or read conversation: all the hub knows of it that has no place of its own.
  static let conversationState: @Sendable (CanonicalEvent, MappingOptions) -> JSONObject? = { event, _ in
    guard let conversation = event.member("conversation") else { return nil }
    var updates = JSONObject()
    updates.copy(["name", "group", "unreadCount"], from: conversation)
    for member in event.member("updates")?.object ?? [:] where updates[member.key] == nil { updates.append(member.key, member.value) }
    return updates
  }

  /// `updates` of a changed contact.
  static let contactState: @Sendable (CanonicalEvent, MappingOptions) -> JSONObject? = { event, _ in
    guard let contact = event.member("contact") else { return nil }
    var fields = Inbox.contact(contact).object ?? [:]
    fields.copy(["username", "avatar"], from: contact)
    return ["contact": .object(fields)]
  }

  /// `typing`: who is typing is a user of the frontend or the contact.
  static let typing: PacketMapping.Payload = { event, _ in
    guard let conversation = event.conversation, let typing = event.member("typing") else { return nil }
    var payload: JSONObject = ["conversationId": .string(conversation), "isTyping": typing["isTyping"] ?? false]
    payload.copy(["userId"], from: typing)
    if let contact = event.member("contact") { payload.append("contact", Inbox.contact(contact)) }
    return .object(payload)
  }
}
