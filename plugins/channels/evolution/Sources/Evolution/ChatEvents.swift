import HubModel
import OrderedJSON

/// `chats.*` and `labels.*` (reference 1.6).
extension Envelope {
  func read(chat element: JSONObject, into parsed: inout ParsedEnvelope) {
    let addresses = ["remoteJid", "id", "remoteJidAlt", "previousRemoteJid"].map { element.identifier($0) }
    guard var chat = parsed.chat(Chat.at(addresses.compactMap { $0 }.first, aliases: addresses)) else { return }
    var updates = JSONObject()
    updates.add("unreadMessages", element.wireInteger("unreadMessages").map { .number(JSONNumber($0)) })
    if chat.isGroup { chat.name = element.identifier("name") } else { chat.person?.take(name: element.identifier("name")) }
    // Most updates only say that something was said.
    guard updates.isEmpty == false || chat.name != nil || chat.person?.name != nil else { return parsed.drop(.emptyUpdate) }
    parsed.events.append(
      event(.conversationUpdated, id: Fingerprint.of(.object(element), in: self), in: chat) { body in
        if updates.isEmpty == false { body.append("updates", .object(updates)) }
      })
  }

  func read(deletedChat element: JSONValue, into parsed: inout ParsedEnvelope) {
    let address = element.string ?? element.object?.identifier(["remoteJid", "id"])
    guard let chat = parsed.chat(Chat.at(address)) else { return }
    parsed.events.append(
      event(.conversationUpdated, id: Fingerprint.of(element, in: self), in: chat) { body in
        body.append("updates", ["deleted": true])
      })
  }

  func read(label element: JSONObject, into parsed: inout ParsedEnvelope) {
    guard let id = element.identifier("id") else { return parsed.drop(.malformedElement) }
    parsed.events.append(
      event(.label, id: Fingerprint.of(.object(element), in: self)) { body in
        var label: JSONObject = ["event": "edit", "id": .string(id)]
        label.add("name", text: element.identifier("name"))
        label.add("color", element["color"])
        label.append("deleted", .bool(element.flag("deleted")))
        label.add("predefinedId", text: element.identifier("predefinedId"))
        body.append("label", .object(label))
      })
  }

  func read(labelled element: JSONObject, into parsed: inout ParsedEnvelope) {
    guard let id = element.identifier("labelId") else { return parsed.drop(.malformedElement) }
    guard let chat = parsed.chat(Chat.at(element.identifier("chatId"))) else { return }
    parsed.events.append(
      event(.label, id: Fingerprint.of(.object(element), in: self), in: chat) { body in
        body.append("label", ["event": "association", "id": .string(id), "added": .bool(element.identifier("type") != "remove")])
      })
  }
}
