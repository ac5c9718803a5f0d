internal import HubModel
internal import OrderedJSON

/// Echoes that could not wait for the answer any longer, and were stored as messages of their own: the answer names them.
extension Projector {
  /// What was told of an echo until it was found out to be one.
  struct StoredEcho {
    let id: String
    let providerID: String
    let status: MessageStatus
    /// Its members; nil when its row is damaged.
    let content: JSONObject?

    /// Why it failed. What only one of several devices gave up is no matter of a message that arrived.
    var errors: JSONValue? { status == .failed ? content?["errors"]?.nonNull : nil }
    var isEdited: Bool { content?["edited"]?.bool == true }
    var isDeleted: Bool { content?["deleted"]?.bool == true }
  }

  /// Takes the message out that is the echo of one of ours, and tells it as deleted. Nil when there is none. What became of it is to be
  /// taken over once ours has its name.
  func joinStoredEcho(_ providerID: String, to message: MessageRow, _ row: OutboxTable.Row) throws -> StoredEcho? {
    guard let echo = try findMessage(providerID, source: row.source), echo.direction == .outbound else { return nil }
    let content = try text(of: echo).flatMap { try? JSONValue(parsing: $0.bytes) }?.object
    // Its event stays, and with it the id by which a redelivery is known.
    try sql.run("DELETE FROM messages WHERE number = ? AND conversation = ?", echo.number, echo.conversation)
    let conversation = try conversation(number: echo.conversation)
    if let conversation, conversation.lastNumber == echo.number { try lookForLast(of: conversation) }
    try tellDeletion(of: echo, joinedTo: message, in: conversation, row)
    return StoredEcho(id: echo.id, providerID: providerID, status: echo.status, content: content)
  }

  /// Changes ours as the echo was changed, and tells it: whoever shows ours knows nothing of what was told of the other.
  func takeOver(_ echo: StoredEcho, to number: Int64, _ row: OutboxTable.Row) throws {
    // Its words went with the deletion: there is no edit to tell.
    if echo.isEdited, echo.isDeleted, let message = try self.message(number: number) {
      _ = try change(message) { $0["edited"] = true }
    }
    for (change, author) in try changes(of: echo) {
      guard let message = try self.message(number: number) else { return }
      try tell(change, by: author, of: message, echo, row)
    }
  }

  /// What was edited, then how it was reacted to, then that it was deleted: in which order it happened is not known any more.
  private func changes(of echo: StoredEcho) throws -> [(change: ChangeDraft, author: ContactState?)] {
    guard let content = echo.content else { return [] }
    let target = echo.providerID
    var changes: [(change: ChangeDraft, author: ContactState?)] = []
    if echo.isEdited, !echo.isDeleted { changes.append((.edit(target: target, object: Self.edit(of: content, target)), nil)) }
    for reaction in content["reactions"]?.array ?? [] {
      guard let from = reaction["from"]?.string, let emoji = reaction["emoji"]?.string else { continue }
      let isOurs = from == "self"
      let author = try isOurs ? nil : contact(id: from)
      if !isOurs, author == nil { continue }
      let object: JSONObject = [
        "target": .string(target), "emoji": .string(emoji), "removed": false, "direction": isOurs ? "outbound" : "inbound",
      ]
      changes.append((.reaction(target: target, emoji: emoji, object: object), author))
    }
    if echo.isDeleted {
      changes.append((.delete(target: target, object: ["target": .string(target), "direction": "outbound"]), nil))
    }
    return changes
  }

  /// The words that an edit left, as channels tell them.
  private static func edit(of content: JSONObject, _ target: String) -> JSONObject {
    var edit: JSONObject = ["target": .string(target)]
    let words = content["type"]?.string == "text" ? content["text"] : content["caption"]
    edit.append(content["media"]?.nonNull == nil ? "text" : "caption", words ?? .null)
    if let type = content["type"] { edit.append("type", type) }
    edit.append("direction", "outbound")
    return edit
  }

  private func contact(id: String) throws -> ContactState? {
    try sql.number("SELECT number FROM contacts WHERE id = ?", id).flatMap { try contact(number: $0) }
  }

  /// The event by which the channel would have changed ours, had it been known by then.
  private func tell(_ change: ChangeDraft, by author: ContactState?, of message: MessageRow, _ echo: StoredEcho, _ row: OutboxTable.Row)
    throws
  {
    var subject = Subject()
    subject.conversation = try conversation(number: message.conversation)
    let partner = try (subject.conversation?.contact ?? message.contact).flatMap { try contact(number: $0) }
    subject.contact = subject.conversation?.isGroup == true ? author ?? partner : partner
    let applied = try apply(change, to: message, by: author)
    if let text = applied.text, let conversation = subject.conversation, conversation.lastNumber == message.number {
      conversation.last = text
    }
    let event = try ownEvent(change.kind, source: row.source, cause: row.cause)
    let id = ULID(milliseconds: journaledMs, using: &generator).description
    let (body, _) = try compose(
      change.kind, id: id, event: event, subject: subject, person: nil, message: applied.slot,
      change: (change.memberName, member(change, row: message, applied: applied)), rest: Array(#","raw":null"#.utf8))
    _ = try append(
      NewRow(
        kind: change.kind, id: id, providerID: "\(message.id):joined:\(echo.id):\(author?.id ?? "self")",
        conversation: subject.conversation?.id ?? "", body: body),
      event, source: row.source)
  }

  private func lookForLast(of conversation: ConversationState) throws {
    let newest = try sql.rows(
      "SELECT number, timestamp_ms FROM messages WHERE conversation = ? ORDER BY timestamp_ms DESC, number DESC LIMIT 1",
      [UInt64(conversation.number)], while: { _ in true }
    ) { ($0.int(0), $0.int(1)) }.first
    (conversation.lastNumber, conversation.lastAt, conversation.last) = (newest?.0, newest?.1, nil)
    touch(conversation)
  }

  /// For frontends that show both. The provider's id is left out: it is the other message's, which stays.
  private func tellDeletion(of echo: MessageRow, joinedTo message: MessageRow, in conversation: ConversationState?, _ row: OutboxTable.Row)
    throws
  {
    var subject = Subject()
    subject.conversation = conversation
    subject.contact = try (conversation?.contact ?? echo.contact).flatMap { try contact(number: $0) }
    let member: JSONObject = [
      "target": .null, "messageId": .string(echo.id), "applied": true, "joinedTo": .string(message.id),
    ]
    let event = try ownEvent(.messageDeleted, source: row.source, cause: row.cause)
    let id = ULID(milliseconds: journaledMs, using: &generator).description
    let (body, _) = try compose(
      .messageDeleted, id: id, event: event, subject: subject, person: nil,
      message: .other(Self.brief(echo, target: nil, status: echo.status)), change: ("delete", member), rest: Array(#","raw":null"#.utf8))
    _ = try append(
      NewRow(
        kind: .messageDeleted, id: id, providerID: "\(echo.id):joined:\(message.id)", conversation: conversation?.id ?? "", body: body),
      event, source: row.source)
  }
}
