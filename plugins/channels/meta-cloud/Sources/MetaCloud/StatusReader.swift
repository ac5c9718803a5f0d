import HubModel
import OrderedJSON

/// Reads the elements of `statuses[]`: what became of a message of ours.
struct StatusReader {
  let change: Change
  let account: String
  let contacts: ContactBook

  func read(_ element: JSONObject, into parsed: inout ParsedWebhook) {
    if element.text("type") == "call" || element.text("id")?.hasPrefix("wacid.") == true {
      CallReader(change: change, accounts: [account], contacts: contacts).read(status: element, into: &parsed)
      return
    }
    guard let target = element.identifier("id"), let word = element.identifier("status") else {
      parsed.keep(stray: change.unknown(element, account: account, what: "status without id or word"))
      return
    }
    let facts = StatusFacts(element, target: target, word: word.lowercased(), change: change, contacts: contacts)
    switch facts.word {
    case "deleted": parsed.events.append(deletion(facts))
    case "sent", "delivered", "read", "played", "failed": parsed.events.append(status(facts, element))
    default:
      parsed.note(.status(word))
      parsed.keep(stray: change.unknown(element, id: facts.id, account: account, what: "unknown status", timeMs: facts.timeMs))
    }
  }

  private func status(_ facts: StatusFacts, _ element: JSONObject) -> ChannelEvent {
    event(.messageStatus, facts) { body in
      body.object("status") { body in
        body.text("target", facts.target)
        body.text("status", facts.word == "played" ? "read" : facts.word)
        body.time("timestamp", milliseconds: facts.timeMs)
        if facts.word == "played" { body.flag("played", true) }
        facts.participant?.writeIDs("participant", to: &body)
        facts.recipient?.writeIDs("recipient", to: &body)
        body.valueIfAny("errors", ProviderErrors.read(element))
        Self.write(callback: element.identifier("biz_opaque_callback_data"), to: &body)
        body.valueIfAny("pricing", element.object("pricing").map(Self.pricing))
        body.valueIfAny("window", element.object("conversation").map(Self.window))
      }
    }
  }

  private func deletion(_ facts: StatusFacts) -> ChannelEvent {
    event(.messageDeleted, facts) { body in
      body.object("delete") { body in
        body.text("target", facts.target)
        body.time("timestamp", milliseconds: facts.timeMs)
      }
    }
  }

  private func event(_ kind: EventKind, _ facts: StatusFacts, _ fill: (inout BodyWriter) -> Void) -> ChannelEvent {
    change.event(kind, id: facts.id, account: account, conversation: facts.conversation, timeMs: facts.timeMs) { body in
      if let person = facts.recipient ?? facts.participant { person.write("contact", to: &body) }
      body.object("conversation") { $0.flag("group", facts.isGroup) }
      fill(&body)
    }
  }

  /// What we gave the message when it was sent; others' text goes on as it is.
  private static func write(callback text: String?, to body: inout BodyWriter) {
    guard let text else { return }
    if text.hasPrefix(OutboundMessage.mark), text != OutboundMessage.mark {
      body.text("reference", String(text.dropFirst(OutboundMessage.mark.count)))
    } else {
      body.text("callbackData", text)
    }
  }

  private static func pricing(_ pricing: JSONObject) -> JSONValue {
    var result = JSONObject()
    result.add("model", text: pricing.identifier("pricing_model"))
    result.add("type", text: pricing.identifier("type"))
    result.add("category", text: pricing.identifier("category"))
    result.add("billable", pricing.optionalFlag("billable").map(JSONValue.bool))
    return .object(result)
  }

  /// The provider's billing window, which it calls a conversation.
  private static func window(_ conversation: JSONObject) -> JSONValue {
    var result = JSONObject()
    result.add("id", text: conversation.identifier("id"))
    result.add("origin", text: conversation.object("origin")?.identifier("type"))
    result.add("expiresAt", Moment.text(conversation, "expiration_timestamp"))
    return .object(result)
  }
}

/// What every status has in common.
struct StatusFacts {
  let target: String
  let word: String
  let timeMs: Int64
  let isGroup: Bool
  /// The person the message went to; nil in a group.
  let recipient: Person?
  /// The member of the group whose phone reports.
  let participant: Person?
  let conversation: String
  let id: String

  init(_ element: JSONObject, target: String, word: String, change: Change, contacts: ContactBook) {
    self.target = target
    self.word = word
    timeMs = Moment.read(element, "timestamp") ?? change.fallbackMs
    isGroup = element.text("recipient_type") == "group"
    let member = Person(
      element, phone: "recipient_participant_id", userID: "recipient_participant_user_id")
    participant = member.key == nil ? nil : contacts.completed(member)
    if isGroup {
      recipient = nil
      conversation = element.identifier("recipient_id") ?? ""
    } else {
      let person = contacts.completed(
        Person(element, phone: "recipient_id", userID: "recipient_user_id"))
      recipient = person.key == nil ? nil : person
      conversation = person.key ?? ""
    }
    let suffix = element.identifier("recipient_participant_id") ?? member.userID
    id = "\(target):\(word)" + (suffix.map { ":\($0)" } ?? "")
  }
}
