internal import HubModel
internal import OrderedJSON

/// Echoes that could not wait for the answer any longer, and were stored as messages of their own: the answer names them.
extension Projector {
  /// What was told of an echo until it was found out to be one.
  struct StoredEcho {
    let status: MessageStatus
    let errors: JSONValue?
  }

  /// Takes the message out that is the echo of one of ours, and tells it as deleted; its reactions, and how far it had come, are those of
  /// ours. Nil when there is none.
  func joinStoredEcho(_ providerID: String, to message: inout MessageRow, _ row: OutboxTable.Row) throws -> StoredEcho? {
    guard let echo = try findMessage(providerID, source: row.source), echo.direction == .outbound else { return nil }
    let content = try text(of: echo).flatMap { try? JSONValue(parsing: $0.bytes) }
    if let reactions = content?["reactions"], let text = try change(message, { $0["reactions"] = reactions }) {
      if let conversation = try conversation(number: message.conversation), conversation.lastNumber == message.number {
        conversation.last = text
      }
      if let fresh = try self.message(number: message.number) { message = fresh }
    }
    // Its event stays, and with it the id by which a redelivery is known.
    try sql.run("DELETE FROM messages WHERE number = ? AND conversation = ?", echo.number, echo.conversation)
    let conversation = try conversation(number: echo.conversation)
    if let conversation, conversation.lastNumber == echo.number { try lookForLast(of: conversation) }
    try tellDeletion(of: echo, joinedTo: message, in: conversation, row)
    return StoredEcho(status: echo.status, errors: content?["errors"])
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
