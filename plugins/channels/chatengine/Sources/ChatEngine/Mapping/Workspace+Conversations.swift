import HubModel
import OrderedJSON

/// The event `conversation` (reference 4.2): pushed for the whole workspace, subscribed or not.
extension Workspace {
  /// The journal makes `conversation.created` of the first event that names a conversation, whichever that is and also after a restart, so
  /// the channel tells every one as an update.
  mutating func read(conversation element: JSONObject, at moment: Moment, into parsed: inout Parsed) {
    guard let id = Self.conversation(element.name("id")) else {
      parsed.keep(stray: unknown(.object(element), of: "conversation", what: "conversation without id", at: moment))
      return
    }
    let before = conversations[id]
    let told = KnownConversation(element, contact: contacts[id])
    parsed.conversations.append(id)
    if let updated = told.updatedMs, let last = before?.updatedMs, updated < last { return parsed.drop(.staleConversation) }
    // Also of a repetition: what is kept is what was named last.
    if let contact = told.contact { contacts.learn(contact, of: id, at: moment.wallMs) }
    if let before, told.fingerprint == before.fingerprint {
      conversations.use(id, before)
      return parsed.drop(.repeatedConversation)
    }
    conversations.use(id, told)
    let timeMs = told.updatedMs ?? moment.wallMs
    let key = "\(id):\(timeMs):\(Fingerprint.text(told.fingerprint))"
    parsed.events.append(
      event(.conversationUpdated, id: key, in: id, contact: contact(of: id), timeMs: timeMs) { body in
        var updates = JSONObject()
        for member in ["channel", "contactId", "whatsappNumberId", "participants", "lastMessage", "updatedAt"] {
          updates.add(member, element[member]?.nonNull)
        }
        body.append("updates", .object(updates))
      })
  }
}
