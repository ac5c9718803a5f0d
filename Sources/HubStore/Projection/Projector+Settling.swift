internal import HubModel
internal import OrderedJSON

/// What becomes of the rows of the outbox, and of their messages.
extension Projector {
  /// Marks an attempt as begun and says what the channel is given.
  func begin(_ number: Int64, attempt: Int, in outbox: OutboxTable) throws -> AttemptStart {
    guard let row = try outbox.row(number: number) else { return .settled }
    switch row.state {
    case .queued, .waiting: break
    // Marked by a commit that was told as failed and reached the disk all the same: the channel was not called.
    case .inFlight(attempt, _): break
    case .inFlight, .done, .dead: return .settled
    }
    guard let delivery = try delivery(of: row, attempt: attempt) else {
      try die(row, .rejected, code: "target_not_sent", text: "the message it is about was never sent", in: outbox)
      return .settled
    }
    try outbox.set(.inFlight(attempt: attempt, sinceMs: journaledMs), of: row, attempts: attempt, now: journaledMs)
    return .begun(delivery)
  }

  /// Records what became of an attempt. One that is not under way changes nothing.
  func settle(_ number: Int64, attempt: Int, _ outcome: SendOutcome, in outbox: OutboxTable) throws {
    guard let row = try outbox.row(number: number), case .inFlight(attempt, _) = row.state else { return }
    let message = try row.message.flatMap { try self.message(number: $0) }
    // A status or an echo told its fate while the answer was under way.
    if let message, try providerID(of: message) != nil, !outcome.isAcceptance {
      return try outbox.set(.done, of: row, now: journaledMs)
    }
    switch outcome {
    case .accepted(let providerID, let phone):
      try outbox.set(.done, of: row, now: journaledMs)
      if let phone { try learn(phone, of: row.conversation, cause: row) }
      if let message {
        try sent(message, as: providerID, row)
      } else if row.kind == .send {
        try appendOwnReaction(row, providerID: providerID)
      }
    case .retry(let atMs, let code, let text):
      try outbox.set(.waiting(untilMs: atMs, attempt: attempt), of: row, code: code, text: text, now: journaledMs)
    case .rejected(let code, let text): try die(row, .rejected, code: code, text: text, in: outbox)
    case .unknown(let code, let text): try die(row, .unknown, code: code, text: text, in: outbox)
    }
  }

  /// Makes a dead letter of a row, and tells it of its message.
  func die(_ row: OutboxTable.Row, _ death: OutboxDeath, code: String, text: String, in outbox: OutboxTable) throws {
    // Who reads twice has read: there is nothing to repeat, and nothing to list.
    guard row.kind == .send else { return try outbox.set(.done, of: row, code: code, text: text, now: journaledMs) }
    try outbox.set(.dead(death), of: row, code: code, text: text, now: journaledMs)
    let errors: JSONValue = [["code": .string(code), "title": .string(text)]]
    switch death {
    case .rejected: try tell(.failed, errors: errors, of: row)
    case .unknown: try tell(.unknown, of: row)
    }
  }

  /// The status of a row's message, or of what is no message of the conversation.
  func tell(_ status: MessageStatus, errors: JSONValue? = nil, of row: OutboxTable.Row) throws {
    if let message = try row.message.flatMap({ try self.message(number: $0) }) {
      try appendOwnStatus(status, errors: errors, of: message, row)
    } else if row.kind == .send {
      try appendReactionStatus(status, errors: errors, row)
    }
  }

  /// Puts a dead letter, or a row that waits, at its place in the lane again; false for any other.
  func revive(_ row: OutboxTable.Row, in outbox: OutboxTable) throws -> Bool {
    switch row.state {
    case .inFlight, .done: return false
    case .queued, .waiting: break
    case .dead:
      // What was refused becomes pending again, because somebody asked for it; a fate that is unknown stays so until it is known.
      if let message = try row.message.flatMap({ try self.message(number: $0) }), message.status == .failed {
        try appendOwnStatus(.pending, of: message, row, isForced: true)
      }
    }
    try outbox.set(.queued, of: row, code: row.code, text: row.text, now: journaledMs)
    return true
  }

  // MARK: Statuses

  private func sent(_ message: MessageRow, as providerID: String?, _ row: OutboxTable.Row) throws {
    var message = message
    var echo: StoredEcho?
    if let providerID, try self.providerID(of: message) == nil {
      echo = try joinStoredEcho(providerID, to: message, row)
      try name(&message, providerID, source: row.source)
    }
    try appendOwnStatus(.sent, of: message, row)
    if let echo, let now = try self.message(number: message.number) {
      try appendOwnStatus(echo.status, errors: echo.errors, of: now, row)
      try takeOver(echo, to: now.number, row)
    }
    guard let providerID, let held = try takeHeld(providerID, source: row.source) else { return }
    for status in held.statuses {
      guard let now = try self.message(number: message.number) else { return }
      let errors = try status == .failed ? held.errors.map { try JSONValue(parsing: $0) } : nil
      try appendOwnStatus(status, errors: errors, of: now, row)
    }
  }

  /// A `message.status` of our own; none when the message stands better already.
  private func appendOwnStatus(
    _ status: MessageStatus, errors: JSONValue? = nil, of message: MessageRow, _ row: OutboxTable.Row, isForced: Bool = false
  ) throws {
    let isMoving = isForced ? message.status != status : message.status.advanced(by: status) != message.status
    guard isMoving else { return }
    let id = try unusedID("\(message.id):\(status.rawValue):\(row.attempts)", source: row.source)
    var text: MessageText?
    if isForced {
      text = try change(message, status: status) { $0["errors"] = nil }
      sql.setStatus.bind(1, status.stored)
      sql.setStatus.bind(2, message.number)
      try sql.setStatus.run()
    } else {
      text = try apply(status, errors: errors, to: message).text
    }
    var subject = Subject()
    subject.conversation = try conversation(number: message.conversation)
    subject.contact = try (subject.conversation?.contact ?? message.contact).flatMap { try contact(number: $0) }
    if let conversation = subject.conversation, conversation.lastNumber == message.number {
      if let text { conversation.last = text } else { conversation.last?.status = status }
    }
    let providerID = try providerID(of: message)
    try appendStatus(
      id, status, errors: errors, of: (message.id, message.status, providerID), in: subject,
      brief: Self.brief(message, target: providerID, status: status), row)
  }

  /// A message that is asked for again may fail, or be given up, again before a further attempt: each time is told.
  private func unusedID(_ id: String, source: Int64) throws -> String {
    var (unused, times) = (id, 1)
    while try find(kind: EventKind.messageStatus.rawValue, id: unused, source: source) != nil {
      times += 1
      unused = "\(id):\(times)"
    }
    return unused
  }

  /// What became of a reaction that the provider did not take, under the id that its sender was given; one that it took shows at its target.
  private func appendReactionStatus(_ status: MessageStatus, errors: JSONValue?, _ row: OutboxTable.Row) throws {
    let id = "\(row.id):\(status.rawValue):\(row.attempts)"
    guard try find(kind: EventKind.messageStatus.rawValue, id: id, source: row.source) == nil else { return }
    var subject = Subject()
    subject.conversation = try conversation(number: row.conversation)
    subject.contact = try subject.conversation?.contact.flatMap { try contact(number: $0) }
    let brief: JSONValue = [
      "id": .string(row.id), "providerMessageId": .null, "direction": "outbound", "type": "reaction", "status": .string(status.rawValue),
    ]
    try appendStatus(id, status, errors: errors, of: (row.id, .pending, nil), in: subject, brief: brief.serialized(), row)
  }

  private func appendStatus(
    _ id: String, _ status: MessageStatus, errors: JSONValue?, of message: (id: String, previous: MessageStatus, providerID: String?),
    in subject: Subject, brief: [UInt8], _ row: OutboxTable.Row
  ) throws {
    var member: JSONObject = [
      "target": message.providerID.map { .string($0) } ?? .null, "messageId": .string(message.id), "status": .string(status.rawValue),
      "previous": .string(message.previous.rawValue), "applied": true,
    ]
    if let errors { member.append("errors", errors) }
    let event = try ownEvent(.messageStatus, source: row.source, cause: row.cause)
    let eventID = ULID(milliseconds: journaledMs, using: &generator).description
    let (body, _) = try compose(
      .messageStatus, id: eventID, event: event, subject: subject, person: nil, message: .other(brief), change: ("status", member),
      rest: Array(#","raw":null"#.utf8))
    _ = try append(
      NewRow(kind: .messageStatus, id: eventID, providerID: id, conversation: subject.conversation?.id ?? "", body: body), event,
      source: row.source)
  }

  /// A reaction that the provider took becomes one of the conversation.
  private func appendOwnReaction(_ row: OutboxTable.Row, providerID: String?) throws {
    guard let content = try JSONValue(parsing: row.body)["reaction"]?.object, let conversation = try conversation(number: row.conversation),
      let target = try content["target"]?.string.flatMap({ try message($0, in: conversation) }).flatMap({ try reference(to: $0) })
    else { return }
    var reaction = content
    reaction["target"] = target["providerMessageId"]
    reaction["direction"] = "outbound"
    var event = try ownEvent(.messageReaction, source: row.source, cause: row.cause)
    // The provider's echo of it is a duplicate.
    event.id = providerID ?? row.id
    event.conversation = conversation.id
    event.body = JSONValue.object(["reaction": .object(reaction)]).serialized()
    _ = try apply(self.draft(of: event))
  }

  /// A draft of our own making. What cannot be one is refused like any other event.
  func draft(of event: IncomingEvent) throws -> EventDraft {
    do throws(DraftError) { return try EventDraft(event, options: options) } catch { throw EventRefusal(reason: error.reason) }
  }

  // MARK: Names

  /// The provider's id of a message; nil when it has none yet.
  func providerID(of message: MessageRow) throws -> String? {
    try text(of: message).flatMap { try? JSONValue(parsing: $0.bytes) }?["providerMessageId"]?.string
  }

  /// Writes the provider's id to a message of ours.
  private func name(_ message: inout MessageRow, _ providerID: String, source: Int64) throws {
    let text = try change(message) { $0.providerMessageId = .string(providerID) }
    // An event of the channel's own that has this id already is found before the alias.
    try addMessageAlias(providerID, source: source, number: message.number)
    if let text, let conversation = try conversation(number: message.conversation), conversation.lastNumber == message.number {
      conversation.last = text
    }
    if let fresh = try self.message(number: message.number) { message = fresh }
  }

  /// The provider's own spelling of the phone of the conversation's contact, unless it is somebody else's.
  private func learn(_ phone: String, of conversation: Int64, cause row: OutboxTable.Row) throws {
    guard let conversation = try self.conversation(number: conversation),
      let contact = try conversation.contact.flatMap({ try contact(number: $0) }),
      let person = PersonDraft(key: phone), person.phone != nil
    else { return }
    let owner = try knownContact(person, tenant: contact.tenant)
    guard owner == nil || owner?.number == contact.number, contact.learn(person) else { return }
    try write(contact)
    try addAliases(of: contact)
  }

  /// The message of ours that a status or another change brings our own id of; from here on it has the provider's too.
  func referenced(by change: ChangeDraft, source: Int64) throws -> MessageRow? {
    guard hasSends, let reference = change.reference, var message = try findMessage(reference, source: source), message.direction == .ours
    else { return nil }
    try reveal(&message, change.target, source: source)
    return message
  }

  /// An echo of a message of ours: its status counts, and there is no second message. Nil when it is of another.
  func joinEcho(_ echo: MessageDraft, _ draft: EventDraft, source: Int64) throws -> AppendOutcome? {
    let known = try findMessage(echo.providerID, source: source) ?? echo.reference.flatMap { try findMessage($0, source: source) }
    guard var message = known, message.direction == .ours else { return nil }
    try reveal(&message, echo.providerID, source: source)
    guard draft.kind == .messageCreated, try isNews(echo.status, to: message) else {
      tally.duplicates += 1
      return .duplicate(sequence: UInt64(message.number))
    }
    // Told as the status it amounts to, under the echo's own id.
    var event = draft.event
    event.kind = EventKind.messageStatus.rawValue
    event.id = "\(draft.event.id):\(echo.status.rawValue)"
    event.body = JSONValue.object(["status": ["target": .string(echo.providerID), "status": .string(echo.status.rawValue)]]).serialized()
    return try apply(self.draft(of: event))
  }

  /// Where an outbound message may belong that nothing is known of yet, without conversations when they are not known either; nil when the
  /// message is there already, or its conversation certainly new. There are several conversations when the echo itself tells that they are
  /// one.
  func placeOfNewEcho(_ draft: EventDraft, _ message: MessageDraft) throws -> (source: Int64, conversations: Set<Int64>)? {
    guard let source = try existingSource(of: draft.event), try findMessage(message.providerID, source: source) == nil else { return nil }
    if draft.event.conversation.hasPrefix(IdentifierPrefix.conversation.rawValue) {
      let found = try conversation(id: draft.event.conversation, tenant: draft.event.tenant)
      return (source, Set([found?.number].compactMap { $0 }))
    }
    let contacts = try draft.person.map { try knownContacts($0, tenant: draft.event.tenant) } ?? []
    var found = Set(try contacts.compactMap { try conversation(of: draft, contact: $0, source: source)?.number })
    if contacts.isEmpty, let known = try conversation(of: draft, contact: nil, source: source) { found.insert(known.number) }
    // Under a phone the conversation of a message under way would have been found; under a hidden id it may not be known yet.
    if found.isEmpty, draft.person?.phone != nil { return nil }
    return (source, found)
  }

  /// The provider's id of a message of ours became known, and with it that it was sent.
  private func reveal(_ message: inout MessageRow, _ providerID: String, source: Int64) throws {
    guard try self.providerID(of: message) == nil else { return }
    try name(&message, providerID, source: source)
    sql.resolveRow.bind(1, journaledMs)
    sql.resolveRow.bind(2, message.id)
    try sql.resolveRow.run()
  }
}

extension SendOutcome {
  fileprivate var isAcceptance: Bool { if case .accepted = self { true } else { false } }
}
