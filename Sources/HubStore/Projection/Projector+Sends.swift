internal import HubModel
internal import OrderedJSON

/// Messages of the outbox become messages of the conversation.
extension Projector {
  /// Stores a message to send: pending, with everything it implies.
  func accept(_ send: OutboundSend, in outbox: OutboxTable) throws -> SendAcceptance {
    if let key = send.key, let known = try outbox.find(key, tenant: send.tenant, now: journaledMs) {
      guard known.fingerprint == key.fingerprint else { return .refused(.keyReused) }
      if let row = try outbox.row(id: known.id) { return .accepted(try accepted(row, ticket: nil)) }
    }
    if send.isRepeatOnly { return .refused(.unknownKey) }
    let existing = try target(of: send)
    if case .conversation = send.target, existing == nil { return .refused(.unknownConversation) }
    for (member, reference) in send.references {
      guard let conversation = existing, try message(reference, in: conversation) != nil else {
        return .refused(.unknownMessage(member: member))
      }
    }
    let id = makeID(.message)
    let (subject, source) = try subject(of: send, existing, id: id)
    guard let conversation = subject.conversation else { return .refused(.unknownConversation) }
    var number: Int64?
    if !send.isReaction { number = try appendOwnMessage(send, id: id, subject: subject, source: source) }
    let row = try outbox.add(
      id: id, kind: .send, source: source, conversation: conversation.number, message: number, cause: send.cause, acceptedMs: journaledMs,
      body: JSONValue.object(send.message).serialized())
    hasSends = true
    if let key = send.key { try outbox.remember(key, tenant: send.tenant, id: id, now: journaledMs) }
    guard let stored = try outbox.row(number: row) else { throw JournalError(.storage, "an outbox row vanished") }
    let ticket = OutboxTicket(
      number: row, id: id, channel: send.channel, account: send.account, conversation: conversation.number, attempts: 0, notBeforeMs: nil)
    return .accepted(try accepted(stored, ticket: ticket))
  }

  /// The answer to whoever sent it: the message as it stands.
  private func accepted(_ row: OutboxTable.Row, ticket: OutboxTicket?) throws -> AcceptedSend {
    let conversation = try conversation(number: row.conversation)?.id ?? ""
    if let number = row.message, let message = try message(number: number), let text = try text(of: message) {
      return AcceptedSend(id: row.id, conversation: conversation, message: text.bytes, ticket: ticket)
    }
    // What is no message of the conversation has nothing to stand in but its row.
    var object: JSONObject = [
      "id": .string(row.id), "direction": "outbound", "status": .string(row.state.status.rawValue),
      "timestamp": .string(Timestamp(milliseconds: row.acceptedMs).iso8601),
    ]
    for member in try JSONValue(parsing: row.body).object ?? [:] { object.append(member.key, member.value) }
    return AcceptedSend(id: row.id, conversation: conversation, message: JSONValue.object(object).serialized(), ticket: ticket)
  }

  /// The conversation it goes to, if there is one on that channel and account.
  private func target(of send: OutboundSend) throws -> ConversationState? {
    switch send.target {
    case .conversation(let id):
      guard let found = try conversation(id: id, tenant: send.tenant), let source = try place(of: found.source),
        source.channel == send.channel, source.account == send.account
      else { return nil }
      return found
    case .phone(let digits):
      let event = IncomingEvent(
        tenant: send.tenant, channel: send.channel, provider: send.provider, account: send.account, kind: "", id: "", timeMs: 0,
        receivedMs: 0,
        body: [])
      guard let source = try existingSource(of: event), let person = PersonDraft(key: digits),
        let contact = try knownContact(person, tenant: send.tenant)
      else { return nil }
      return try conversation(source: source, contact: contact.number)
    }
  }

  /// The conversation and the contact of a message, made where there are none. A contact keeps the spelling of its phone that the provider
  /// taught us.
  private func subject(of send: OutboundSend, _ existing: ConversationState?, id: String) throws -> (Subject, source: Int64) {
    if let existing {
      return (Subject(contact: try existing.contact.flatMap { try contact(number: $0) }, conversation: existing), existing.source)
    }
    guard case .phone(let digits) = send.target else { throw JournalError(.storage, "a message to no conversation") }
    let known = try PersonDraft(key: digits).flatMap { try knownContact($0, tenant: send.tenant) }
    let phone = known?.known.phone ?? digits
    let body: JSONValue = ["contact": ["phone": .string(phone)]]
    let draft = try EventDraft(
      IncomingEvent(
        tenant: send.tenant, channel: send.channel, provider: send.provider, account: send.account,
        kind: EventKind.conversationUpdated.rawValue, id: id, conversation: phone, cause: send.cause, timeMs: journaledMs,
        receivedMs: journaledMs, body: body.serialized()), options: options)
    let source = try source(of: draft.event)
    return (try resolve(draft, source: source, createContact: true, createConversation: true), source)
  }

  /// The canonical `message.created`; the message's number.
  private func appendOwnMessage(_ send: OutboundSend, id: String, subject: Subject, source: Int64) throws -> Int64 {
    var members = MessageMembers(send.message)
    members.providerMessageId = nil
    members.direction = "outbound"
    members.origin = "api"
    members.timestamp = .string(Timestamp(milliseconds: journaledMs).iso8601)
    members.replyTo = try subject.conversation.flatMap { conversation in
      try send.message["replyTo"]?.string.flatMap { try message($0, in: conversation) }.flatMap { try reference(to: $0) }
    }?["providerMessageId"]
    let (head, tail) = members.pieces()
    let text = MessageText(number: Int64(self.head + 1), id: id, head: Self.head(id: id, rest: head), status: .pending, tail: tail)
    if let conversation = subject.conversation {
      conversation.offer(text, timeMs: journaledMs)
      touch(conversation)
    }
    let event = try ownEvent(.messageCreated, source: source, cause: send.cause)
    let eventID = ULID(milliseconds: journaledMs, using: &generator).description
    let (body, at) = try compose(
      .messageCreated, id: eventID, event: event, subject: subject, person: nil, message: .text(text), rest: Array(#","raw":null"#.utf8))
    // Our own id of the message is its dedupe id: by it statuses and echoes find it that bring it back.
    let stored = try append(
      NewRow(kind: .messageCreated, id: eventID, providerID: id, conversation: subject.conversation?.id ?? "", body: body), event,
      source: source)
    try addMessage(text, direction: .ours, timeMs: journaledMs, subject: subject, number: stored.sequence, at: at)
    return Int64(stored.sequence)
  }

  /// The envelope of an event that no channel emitted.
  func ownEvent(_ kind: EventKind, source: Int64, cause: String) throws -> IncomingEvent {
    guard let place = try place(of: source) else { throw JournalError(.storage, "a source vanished") }
    return IncomingEvent(
      tenant: place.tenant, channel: place.channel, provider: place.provider, account: place.account, kind: kind.rawValue, id: "",
      cause: cause, timeMs: journaledMs, receivedMs: journaledMs, body: [])
  }

  /// Whose conversations a source has.
  func place(of source: Int64) throws -> (tenant: String, channel: String, provider: String, account: String)? {
    defer { sql.readSource.reset() }
    sql.readSource.bind(1, source)
    guard try sql.readSource.step() else { return nil }
    return (sql.readSource.text(0), sql.readSource.text(1), sql.readSource.text(2), sql.readSource.text(3))
  }

  /// A message of a conversation by our id or the provider's.
  func message(_ reference: String, in conversation: ConversationState) throws -> MessageRow? {
    if let found = try findMessage(reference, source: conversation.source) {
      return found.conversation == conversation.number ? found : nil
    }
    guard reference.hasPrefix(IdentifierPrefix.message.rawValue) else { return nil }
    let find = sql.messageOfConversation
    defer { find.reset() }
    find.bind(1, conversation.number)
    find.bind(2, reference)
    return try find.step() ? MessageRow(find) : nil
  }

  /// How a message is named to the channel: by the provider's id, which a message that was not sent yet has not.
  func reference(to row: MessageRow) throws -> JSONObject? {
    guard let text = try text(of: row), let message = try? JSONValue(parsing: text.bytes), let id = message["providerMessageId"], !id.isNull
    else { return nil }
    var reference: JSONObject = ["providerMessageId": id, "fromMe": .bool(!row.inbound)]
    let author = ["phone", "lid", "userId"].lazy.compactMap { message["author"]?[$0]?.string }.first
    if let author { reference.append("author", .string(author)) }
    return reference
  }
}

extension OutboundSend {
  /// A reaction is no message of the conversation.
  var isReaction: Bool { message["type"]?.string == "reaction" }

  /// The messages it names, each with the member that does.
  var references: [(member: String, id: String)] {
    let named = [("replyTo", message["replyTo"]?.string), ("reaction.target", message["reaction"]?["target"]?.string)]
    return named.compactMap { member, id in id.map { (member, $0) } }
  }
}

extension OutboxState {
  /// The word for a message in this state.
  var status: MessageStatus {
    switch self {
    case .queued, .inFlight, .waiting: .pending
    case .done: .sent
    case .dead(.rejected): .failed
    case .dead(.unknown): .unknown
    }
  }
}
