import OrderedJSON

extension Inbox {
  /// `message:new`.
  static let newMessage: PacketMapping.Payload = { event, options in
    guard let conversation = event.conversation, let message = event.member("message") else { return nil }
    return [
      "conversationId": .string(conversation),
      "message": Inbox.message(message, of: event, options, canonical: options.canonical),
    ]
  }

  /// `updates` after a message.
  static let unread: @Sendable (CanonicalEvent, MappingOptions) -> JSONObject? = { event, _ in
    guard event.member("message") != nil else { return nil }
    var updates = JSONObject()
    updates.copy(["unreadCount"], from: event.member("conversation"))
    return updates
  }

  /// A message in the dialect's words.
  static func message(_ message: JSONValue, of event: CanonicalEvent, _ options: MappingOptions, canonical: Bool) -> JSONValue {
    [
      "id": message["id"] ?? .null,
      // A provider that is not WhatsApp itself has an id of its own beside WhatsApp's.
      "whatsappMessageId": message["whatsappMessageId"] ?? message["providerMessageId"] ?? .null,
      "direction": message.text("direction") == "outbound" ? "OUTBOUND" : "INBOUND",
      "type": .string(typeWords[message.text("type") ?? ""] ?? "TEXT"),
      "content": .string(message.content(options.placeholders)),
      "metadata": .object(metadata(of: message, in: event, canonical: canonical)),
      "status": .string(statusWords[message.text("status") ?? ""] ?? "PENDING"),
      "timestamp": timestamp(of: message, in: event),
      "contact": contact(event.member("contact")),
    ]
  }

  /// A person in the dialect's words; the phone is null when WhatsApp hides it.
  static func contact(_ contact: JSONValue?) -> JSONValue {
    ["id": contact?["id"] ?? .null, "phoneNumber": contact?["phone"] ?? .null, "name": contact?["name"] ?? .null]
  }

  /// The message's own time; the event's when the channel gave none in the hub's form.
  static func timestamp(of message: JSONValue, in event: CanonicalEvent) -> JSONValue {
    guard let text = message.text("timestamp"), text.utf8.count == 24, text.hasSuffix("Z") else { return event.occurredAt }
    return .string(text)
  }

  /// Canonical type → the dialect's six (dialects.md section 7).
  private static let typeWords = [
    "text": "TEXT", "image": "IMAGE", "video": "VIDEO", "audio": "AUDIO", "document": "DOCUMENT", "sticker": "IMAGE",
    "location": "LOCATION",
  ]

  /// Canonical status → the dialect's word; `unknown`, which it lacks, stays pending.
  static let statusWords = [
    "pending": "PENDING", "unknown": "PENDING", "sent": "SENT", "delivered": "DELIVERED", "read": "READ", "failed": "FAILED",
  ]

  private static func metadata(of message: JSONValue, in event: CanonicalEvent, canonical: Bool) -> JSONObject {
    var metadata = JSONObject()
    let type = message.text("type") ?? ""
    if let media = media(of: message) { metadata.append("media", .object(media)) }
    if type == "audio" { metadata.append("voice", message.present("voice") ?? false) }
    if type == "sticker" { metadata.append("sticker", true) }
    if type == "system" { metadata.append("system", true) }
    metadata.copy(["replyTo"], from: message)
    metadata.append("forwarded", message.present("forwarded") ?? false)
    metadata.copy(["reaction", "location", "contacts", "interactive"], from: message)
    metadata.copy(["channel", "account", "provider"], from: event.body)
    if canonical { metadata.append("canonical", message.withoutMediaURL) }
    return metadata
  }

  private static func media(of message: JSONValue) -> JSONObject? {
    guard let source = message.present("media") else { return nil }
    var media = JSONObject()
    media.copy(["id", "mimeType", "fileName", "size", "sha256"], from: source)
    if let url = source.ownMediaURL { media.append("url", url) }
    media.append("voice", message.present("voice") ?? false)
    media.append("animated", source.present("animated") ?? false)
    return media
  }
}
