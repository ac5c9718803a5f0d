import HubModel
import OrderedJSON

/// A message of the server, read.
struct MessageFrame {
  let element: JSONObject
  let id: String
  let conversation: String
  let sender: String?
  let isInbound: Bool
  let status: MessageStatus
  let type: MessageType
  let timeMs: Int64
  let updatedMs: Int64?

  /// Nil when it does not say which message of which conversation it is.
  init?(_ element: JSONObject, in workspace: Workspace, at moment: Moment) {
    guard let id = element.name("id"), let conversation = Workspace.conversation(element.name("conversationId")) else {
      return nil
    }
    (self.element, self.id, self.conversation) = (element, id, conversation)
    sender = element.name("senderId")
    let word = element.text("status")?.lowercased()
    isInbound = workspace.isInbound(sender: sender, in: conversation, status: word, isOnWhatsApp: Self.whatsAppID(element) != nil)
    status = isInbound ? .delivered : word.flatMap { MessageStatus(chatEngine: $0) } ?? .sent
    type = MessageType(element.text("type") ?? "")
    timeMs = WireTime.read(element["createdAt"]) ?? moment.wallMs
    updatedMs = WireTime.read(element["updatedAt"])
  }

  /// WhatsApp's own id of the message, by which it is known to other channels too.
  private static func whatsAppID(_ element: JSONObject) -> String? { element["metadata"]?.object?.name("providerMessageId") }

  /// The fingerprint of its content.
  var content: UInt64 { Fingerprint.of(element["content"] ?? .null) }

  /// What is remembered of it.
  var known: KnownMessage {
    KnownMessage(conversation: conversation, isInbound: isInbound, content: content, updatedMs: updatedMs, status: status)
  }

  /// The canonical message, and whether all of it was understood.
  ///
  /// - Parameter author: who of ours wrote it.
  func message(author: JSONValue?) -> (json: JSONObject, isWhole: Bool) {
    let text = element["content"]?.string
    let (attachments, isOdd) = Attachment.list(element["attachments"])
    let medium: JSONValue? = type == .text ? nil : attachments.first.map { JSONValue.object($0.media) }
    var message: JSONObject = [
      "providerMessageId": .string(id), "direction": isInbound ? "inbound" : "outbound", "type": .string(type.rawValue),
      "text": type.isMedia ? .null : JSONValue(orNull: text),
      "caption": type.isMedia ? JSONValue(orNull: text.flatMap { $0.isEmpty ? nil : $0 }) : .null, "status": .string(status.rawValue),
      "timestamp": .string(Timestamp(milliseconds: timeMs).iso8601), "replyTo": JSONValue(orNull: element.name("replyToMessageId")),
      "forwarded": false, "voice": false, "viewOnce": false,
      "media": medium ?? .null, "location": .null, "contacts": .null,
      "interactive": .null, "reaction": .null, "author": author ?? .null, "origin": isInbound ? "realtime" : "echo",
    ]
    message.add("whatsappMessageId", text: Self.whatsAppID(element))
    // What one medium cannot say: several of them, or one beside a text.
    if attachments.count > (type == .text ? 0 : 1) { message.append("attachments", .array(attachments.map { .object($0.media) })) }
    if let metadata = element["metadata"]?.object?.filter({ $0.key != "providerMessageId" }), metadata.isEmpty == false {
      message.append("metadata", .object(JSONObject(metadata.map { ($0.key, $0.value) })))
    }
    if type == .unsupported { message.append("unsupportedType", .string(element.text("type") ?? "")) }
    let hasOddContent = text == nil && (element["content"] ?? .null).isNull == false
    return (message, type != .unsupported && isOdd == false && hasOddContent == false)
  }
}

extension Workspace {
  /// The way of a message, which the server does not say (reference 4.1): from the contact, in; known not to be the contact's, out. Where the
  /// contact is not known, what WhatsApp delivered and nobody has read yet came in.
  func isInbound(sender: String?, in conversation: String, status: String?, isOnWhatsApp: Bool) -> Bool {
    if let sender, ownSenders.contains(sender) || sender == ownUser { return false }
    if let contact = contacts[conversation] { return sender == contact }
    return isOnWhatsApp && (status == nil || status == "delivered")
  }
}
