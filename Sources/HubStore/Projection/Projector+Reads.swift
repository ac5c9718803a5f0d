internal import HubModel
internal import OrderedJSON

extension Projector {
  /// The provider is told of so many messages at most; who reads the newest has read the older ones.
  private static let maxRead: Int64 = 50

  /// Marks a conversation as read; the row that tells its provider, nil when there was nothing to read.
  func markRead(_ mark: ReadMark, in outbox: OutboxTable) throws -> OutboxTable.Row? {
    guard let conversation = try conversation(id: mark.conversation, tenant: mark.tenant), conversation.unread > 0 else { return nil }
    let messages = try inbound(of: conversation, limit: min(conversation.unread, Self.maxRead))
    let id = "rd_" + ULID(milliseconds: journaledMs, using: &generator).description
    var event = try ownEvent(.conversationRead, source: conversation.source, cause: mark.cause)
    (event.id, event.conversation, event.body) = (id, conversation.id, Array("{}".utf8))
    _ = try apply(draft(of: event))
    guard !messages.isEmpty else { return nil }
    let body: JSONValue = ["messages": .array(messages.reversed().map { .object($0) })]
    hasSends = true
    let number = try outbox.add(
      id: id, kind: .read, source: conversation.source, conversation: conversation.number, message: nil, cause: mark.cause,
      acceptedMs: journaledMs, body: body.serialized())
    return try outbox.row(number: number)
  }

  /// The newest messages that came in, newest first, as the provider names them.
  private func inbound(of conversation: ConversationState, limit: Int64) throws -> [JSONObject] {
    let select = sql.inboundOfConversation
    select.bind(1, conversation.number)
    select.bind(2, limit)
    var rows: [MessageRow] = []
    while try select.step() { rows.append(MessageRow(select)) }
    select.reset()
    return try rows.compactMap { row in
      guard var reference = try reference(to: row) else { return nil }
      reference["fromMe"] = nil
      return reference
    }
  }
}
