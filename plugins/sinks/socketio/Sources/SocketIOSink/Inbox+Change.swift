import OrderedJSON

extension Inbox {
  /// `message:status-update`. The dialect has no pending here, and a status that changed nothing is not news.
  static let status: PacketMapping.Payload = { event, _ in
    guard let conversation = event.conversation, let (message, word) = Inbox.change(of: event), word != "PENDING" else { return nil }
    return ["conversationId": .string(conversation), "messageId": .string(message), "status": .string(word)]
  }

  /// `updates` after a status; why a message failed is told here, the status packet has no room for it.
  static let statusUpdate: @Sendable (CanonicalEvent, MappingOptions) -> JSONObject? = { event, _ in
    guard let (message, word) = Inbox.change(of: event) else { return nil }
    var status: JSONObject = ["messageId": .string(message), "status": .string(word)]
    status.copy(["errors"], from: event.member("status"))
    return ["messageStatus": .object(status)]
  }

  /// `updates` of an edited message.
  static let edited: @Sendable (CanonicalEvent, MappingOptions) -> JSONObject? = { event, options in
    guard let message = event.target("edit"), let edit = event.member("edit") else { return nil }
    let content = edit["type"] == nil ? edit.text("text") ?? edit.text("caption") ?? "" : edit.content(options.placeholders)
    return ["editedMessage": ["id": .string(message), "content": .string(content), "editedAt": event.occurredAt]]
  }

  /// `updates` of a deleted message.
  static let deleted: @Sendable (CanonicalEvent, MappingOptions) -> JSONObject? = { event, _ in
    guard let message = event.target("delete") else { return nil }
    return ["deletedMessageId": .string(message)]
  }

  /// `updates` of a reaction, given or taken back.
  static let reaction: @Sendable (CanonicalEvent, MappingOptions) -> JSONObject? = { event, _ in
    guard let message = event.target("reaction"), let reaction = event.member("reaction") else { return nil }
    return [
      "reaction": [
        "messageId": .string(message), "emoji": reaction["emoji"] ?? .null, "removed": reaction["removed"] ?? false,
        "contact": Inbox.contact(event.member("contact")), "timestamp": event.occurredAt,
      ]
    ]
  }

  private static func change(of event: CanonicalEvent) -> (message: String, word: String)? {
    guard let status = event.member("status"), let message = event.target("status"),
      let word = status.text("status").flatMap({ Inbox.statusWords[$0] })
    else { return nil }
    return (message, word)
  }
}

extension CanonicalEvent {
  /// The hub's id of the message that a status, edit, deletion or reaction is about; nil when it changed nothing: because a better
  /// status stands, or because the message isn't there.
  func target(_ key: String) -> String? {
    guard member(key)?["applied"]?.bool != false else { return nil }
    return member("message")?.text("id") ?? member(key)?.text("messageId")
  }
}
