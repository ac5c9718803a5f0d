internal import HubModel
internal import OrderedJSON

extension Projector {
  /// A message that came, was typed on our side, or is told by history.
  func appendMessage(_ message: MessageDraft, _ draft: EventDraft, source: Int64) throws -> UInt64 {
    let known = try findMessage(message.providerID, draft, source: source)
    let subject = try resolve(draft, source: source, createContact: true, createConversation: true)
    var (text, isKnown) = try text(of: message, known: known, draft: draft, source: source)
    if let known, let late = draft.lateMedia, let filled = try fill(known, with: late, text, subject) { text = filled }
    let tellsNews = draft.kind == .messageCreated
    if let conversation = subject.conversation, !isKnown || tellsNews {
      // A provider's clock far ahead must not pin its message as the last one for ever.
      conversation.offer(text, timeMs: min(draft.event.timeMs, max(journaledMs, draft.event.receivedMs) + 3_600_000))
      if tellsNews, message.countsAsUnread { conversation.unread += 1 }
      touch(conversation)
    }
    let (event, at) = try appendRow(draft, source: source, subject: subject, message: .text(text))
    if !isKnown {
      try addMessage(
        text, direction: message.inbound ? .inbound : .outbound, timeMs: draft.event.timeMs, subject: subject, number: event.sequence,
        at: at)
      if tellsNews ? draft.event.id != message.providerID : true {
        try addMessageAlias(message.providerID, source: source, number: Int64(event.sequence))
      }
    }
    return event.sequence
  }

  /// The text under the message's one id, with the status that stands: held ones included.
  private func text(
    of message: MessageDraft, known: MessageRow?, draft: EventDraft, source: Int64
  ) throws -> (MessageText, isKnown: Bool) {
    if let known, let text = try text(of: known) { return (text, true) }
    let id = known?.id ?? makeID(.message)
    var (status, tail) = (known?.status ?? message.status, message.tail)
    if !message.inbound, let held = try takeHeld(message.providerID, source: source) {
      for next in held.statuses { status = status.advanced(by: next) }
      if let errors = held.errors, status == .failed {
        tail.removeLast()
        tail += Array(#","errors":"#.utf8) + errors + [UInt8(ascii: "}")]
      }
    }
    let head = Self.head(id: id, rest: message.head)
    // The number is that of the row about to be written; conversation.created is already in.
    return (MessageText(number: known?.number ?? Int64(self.head + 1), id: id, head: head, status: status, tail: tail), known != nil)
  }

  /// The message with its media in the placeholder's place; nil when it waits for none.
  private func fill(_ row: MessageRow, with late: LateMedia, _ text: MessageText, _ subject: Subject) throws -> MessageText? {
    guard let object = try? JSONValue(parsing: text.bytes).object, LateMedia.isAwaited(by: object) else { return nil }
    let filled = try change(row, late.fill)
    if let filled, let conversation = subject.conversation, conversation.lastNumber == row.number { conversation.last = filled }
    return filled
  }

  static func head(id: String, rest: [UInt8]) -> [UInt8] {
    var head: [UInt8] = []
    head.reserveCapacity(id.utf8.count + rest.count + 8)
    head.append(contentsOf: #"{"id":""#.utf8)
    head.append(contentsOf: id.utf8)
    head.append(UInt8(ascii: "\""))
    head.append(contentsOf: rest)
    return head
  }

  func addMessage(
    _ text: MessageText, direction: MessageRow.Direction, timeMs: Int64, subject: Subject, number: UInt64, at: Int
  ) throws {
    guard let conversation = subject.conversation else { return }
    let add = sql.addMessage
    add.bind(1, number)
    add.bind(2, text.id)
    add.bind(3, conversation.number)
    add.bind(4, subject.contact?.number)
    add.bind(5, direction.rawValue)
    add.bind(6, text.status.stored)
    add.bind(7, timeMs)
    add.bind(8, at)
    add.bind(9, text.head.count)
    add.bind(10, text.head.count + text.status.rawValue.utf8.count + text.tail.count)
    try add.run()
  }

  func addMessageAlias(_ providerID: String, source: Int64, number: Int64) throws {
    sql.addMessageAlias.bind(1, source)
    sql.addMessageAlias.bind(2, providerID)
    sql.addMessageAlias.bind(3, number)
    try sql.addMessageAlias.run()
    hasMessageAliases = true
  }

  /// A message with this id that is there already although its own event is new.
  private func findMessage(_ providerID: String, _ draft: EventDraft, source: Int64) throws -> MessageRow? {
    if draft.kind == .messageCreated, draft.event.id == providerID { return try aliasedMessage(providerID, source: source) }
    return try findMessage(providerID, source: source)
  }

  /// The message that the provider calls so.
  func findMessage(_ providerID: String, source: Int64) throws -> MessageRow? {
    if let sequence = try find(kind: EventKind.messageCreated.rawValue, id: providerID, source: source),
      let row = try message(number: Int64(sequence))
    {
      return row
    }
    return try aliasedMessage(providerID, source: source)
  }

  private func aliasedMessage(_ providerID: String, source: Int64) throws -> MessageRow? {
    guard hasMessageAliases else { return nil }
    let find = sql.findMessageAlias
    find.bind(1, source)
    find.bind(2, providerID)
    let number = try find.step() ? find.int(0) : nil
    find.reset()
    return try number.flatMap { try message(number: $0) }
  }

  func message(number: Int64) throws -> MessageRow? {
    let read = sql.readMessage
    defer { read.reset() }
    read.bind(1, number)
    return try read.step() ? MessageRow(read) : nil
  }

  /// The message's text; nil when the row that holds it is damaged.
  func text(of row: MessageRow) throws -> MessageText? {
    guard row.isInEvent else { return row.text(eventBody: nil) }
    let read = sql.readEvent
    defer { read.reset() }
    read.bind(1, row.number)
    guard try read.step(), case .event(let event) = EventRow.read(read) else { return nil }
    return row.text(eventBody: event.body)
  }

  /// Rewrites a message's text.
  func change(_ row: MessageRow, status: MessageStatus? = nil, _ edit: (inout MessageMembers) -> Void) throws -> MessageText? {
    guard let old = try text(of: row), let object = try? JSONValue(parsing: old.bytes).object else { return nil }
    var members = MessageMembers(object)
    edit(&members)
    let (head, tail) = members.pieces()
    let text = MessageText(
      number: row.number, id: row.id, head: Self.head(id: row.id, rest: head),
      status: status ?? row.status,
      tail: tail)
    try save(text)
    return text
  }

  /// Keeps a text in the message's own row.
  func save(_ text: MessageText) throws {
    let bytes = text.bytes
    sql.setBody.bind(1, text.head.count)
    sql.setBody.bind(2, bytes.count)
    sql.setBody.bind(3, Int64(MessageRow.checksum(of: bytes, number: text.number)))
    sql.setBody.bind(4, bytes)
    sql.setBody.bind(5, text.number)
    try sql.setBody.run()
  }
}
