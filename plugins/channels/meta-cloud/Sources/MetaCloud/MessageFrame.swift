import HubModel
import OrderedJSON

/// What every element of a message list has in common.
struct MessageFrame {
  /// The key of the event.
  let id: String
  /// The provider's id of the message.
  let target: String
  let type: String
  let timeMs: Int64
  let isOutbound: Bool
  /// The other side of the conversation; in a group, the member who wrote.
  let contact: Person?
  let group: String?
  /// The member of the group who wrote.
  let author: Person?
  let conversation: String
  let status: MessageStatus
  let origin: StaticString
  let isHistory: Bool

  /// Nil for an element without an id, or without anybody on the other side.
  init?(_ element: JSONObject, source: MessageReader.Source, change: Change, contacts: ContactBook) {
    guard let id = element.identifier("id") else { return nil }
    target = id
    if case .historyMedia = source { self.id = id + ":media" } else { self.id = id }
    type = element.identifier("type") ?? ""
    timeMs = Moment.read(element, "timestamp") ?? change.fallbackMs
    let sender = Person(element, phone: "from", userID: "from_user_id")
    let recipient = Person(element, phone: "to", userID: "to_user_id")
    let other: Person
    switch source {
    case .inbound:
      (isOutbound, other, status, origin, isHistory) = (false, sender, .delivered, "realtime", false)
    case .echo:
      (isOutbound, other, status, origin, isHistory) = (true, recipient, .sent, "echo", false)
    case .history, .historyMedia:
      let thread: Person? = if case .history(let person) = source { person } else { nil }
      isOutbound = Self.isOutbound(sender: sender, recipient: recipient, thread: thread, change: change)
      other = thread ?? (isOutbound ? recipient : sender)
      status = Self.historyStatus(element) ?? (isOutbound ? .sent : .delivered)
      (origin, isHistory) = ("history", true)
    }
    group = element.identifier("group_id") ?? (element.text("recipient_type") == "group" ? element.identifier("to") : nil)
    if let group {
      conversation = group
      let member = contacts.completed(sender)
      author = isOutbound || member.key == nil ? nil : member
      contact = author
    } else {
      let person = contacts.completed(other)
      guard let key = person.key else { return nil }
      (conversation, contact, author) = (key, person, nil)
    }
  }

  /// History names both sides: outbound is what the business number wrote.
  private static func isOutbound(sender: Person, recipient: Person, thread: Person?, change: Change) -> Bool {
    guard let key = sender.key else { return recipient.key != nil }
    if let thread, key == thread.key { return false }
    if let business = change.businessPhone, let phone = sender.phone {
      return phone == business || PhoneNumber(business)?.variants().contains(phone) ?? false
    }
    return recipient.key != nil && thread != nil
  }

  private static func historyStatus(_ element: JSONObject) -> MessageStatus? {
    switch element.object("history_context")?.text("status")?.uppercased() {
    case "PENDING": .pending
    case "SENT": .sent
    case "DELIVERED": .delivered
    case "READ", "PLAYED": .read
    case "ERROR": .failed
    default: nil
    }
  }

  /// The event of this element. What belongs to history is only ever of kind `history`: it must not look new to anybody.
  func event(_ kind: EventKind, account: String, in change: Change, _ fill: (inout BodyWriter) -> Void) -> ChannelEvent {
    change.event(isHistory ? .history : kind, id: id, account: account, conversation: conversation, timeMs: timeMs) { body in
      contact?.write("contact", to: &body)
      body.object("conversation") { $0.flag("group", group != nil) }
      fill(&body)
    }
  }
}
