internal import HubModel
internal import OrderedJSON

/// What stands around an event: whom and which conversation it concerns.
struct Subject {
  var contact: ContactState?
  var conversation: ConversationState?
  /// The conversation came to be with this event.
  var isNew = false
}

extension Projector {
  /// What goes into the member `message`.
  enum MessageSlot {
    case none
    case text(MessageText)
    case other([UInt8])
  }

  /// The whole canonical event, and where its message begins.
  func compose(
    _ kind: EventKind, id: String, event: IncomingEvent, subject: Subject, person: PersonDraft?, message: MessageSlot,
    change: (name: String, value: JSONObject)? = nil, rest: [UInt8]
  ) throws -> (body: [UInt8], messageAt: Int) {
    var text = EventText(
      id: id, kind: kind.rawValue, tenant: event.tenant, channel: event.channel, provider: event.provider, account: event.account,
      timeMs: event.timeMs, receivedMs: event.receivedMs, capacity: 1024 + event.body.count)
    text.literal(#","conversation":"#)
    var own: Int64?
    if case .text(let message) = message { own = message.number }
    try writeConversation(subject.conversation, isNew: subject.isNew, own: own, to: &text)
    text.literal(#","contact":"#)
    if let contact = subject.contact {
      text.put(contact.text(parentUserID: person?.parentUserID))
    } else if let person {
      text.put(person.text(id: nil))
    } else {
      text.literal("null")
    }
    text.literal(#","message":"#)
    let at = text.count
    switch message {
    case .none: text.literal("null")
    case .text(let message): message.write(to: &text)
    case .other(let bytes): text.put(bytes)
    }
    if let change {
      text.put(",\"\(change.name)\":")
      text.value(.object(change.value))
    }
    text.put(rest)
    text.literal("}")
    return (text.bytes, at)
  }

  /// The conversation as it stands after the event. `lastMessage` is left out where it is the event's own message.
  private func writeConversation(_ conversation: ConversationState?, isNew: Bool, own: Int64?, to text: inout EventText) throws {
    guard let conversation else {
      text.literal("null")
      return
    }
    text.literal(#"{"id":""#)
    text.put(conversation.id)
    text.literal(#"","group":"#)
    text.literal(conversation.isGroup ? "true" : "false")
    text.literal(#","isNew":"#)
    text.literal(isNew ? "true" : "false")
    text.literal(#","name":"#)
    text.optional(conversation.name)
    text.literal(#","unreadCount":"#)
    text.number(conversation.unread)
    text.literal(#","lastMessageAt":"#)
    text.optional(conversation.lastAt.map(Timestamp.init(milliseconds:)))
    if conversation.lastNumber == nil {
      text.literal(#","lastMessage":null"#)
    } else if conversation.lastNumber != own {
      text.literal(#","lastMessage":"#)
      if let last = try lastMessage(of: conversation) { last.write(to: &text) } else { text.literal("null") }
    }
    text.literal("}")
  }

  /// An event that changes no message: stored with what is known around it; some kinds change contact or conversation.
  func appendPlain(_ draft: EventDraft, source: Int64) throws -> UInt64 {
    let creates = draft.kind == .conversationCreated || draft.kind == .conversationUpdated
    let subject = try resolve(draft, source: source, createContact: creates || draft.kind == .contactUpdated, createConversation: creates)
    if let conversation = subject.conversation {
      if draft.kind == .conversationRead, conversation.unread != 0 {
        conversation.unread = 0
        touch(conversation)
      }
      if let name = draft.conversationName, name != conversation.name {
        conversation.name = name
        touch(conversation)
      }
    }
    return try appendRow(draft, source: source, subject: subject, message: draft.otherMessage.map { .other($0) } ?? .none).0.sequence
  }

  /// Composes and writes the draft's own row.
  func appendRow(
    _ draft: EventDraft, source: Int64, subject: Subject, message: MessageSlot, change: (name: String, value: JSONObject)? = nil
  ) throws -> (StoredEvent, messageAt: Int) {
    let id = ULID(milliseconds: journaledMs, using: &generator).description
    let (body, at) = try compose(
      draft.kind, id: id, event: draft.event, subject: subject, person: draft.person, message: message, change: change, rest: draft.rest)
    let row = NewRow(
      kind: draft.kind, id: id, providerID: draft.event.id, conversation: subject.conversation?.id ?? "", body: body)
    return (try append(row, draft.event, source: source), at)
  }

  /// A row of the journal's own making about a conversation, right before the event that causes it.
  func appendOwn(
    _ kind: EventKind, about subject: Subject, cause draft: EventDraft, source: Int64, providerID: String, rest: [UInt8] = []
  ) throws {
    let id = ULID(milliseconds: journaledMs, using: &generator).description
    var subject = subject
    // Who happens to write first is no property of a group.
    if subject.conversation?.isGroup == true { subject.contact = nil }
    let (body, _) = try compose(
      kind, id: id, event: draft.event, subject: subject, person: nil, message: .none, rest: rest + Array(#","raw":null"#.utf8))
    _ = try append(
      NewRow(kind: kind, id: id, providerID: providerID, conversation: subject.conversation?.id ?? "", body: body), draft.event,
      source: source)
  }

  func touch(_ conversation: ConversationState) {
    if conversation.isDirty { return }
    conversation.isDirty = true
    dirty.append(conversation)
  }
}
