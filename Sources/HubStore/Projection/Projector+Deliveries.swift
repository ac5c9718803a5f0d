internal import HubModel
internal import OrderedJSON

extension Projector {
  /// What the channel is given of a row; nil when the message it is about has no id at the provider.
  func delivery(of row: OutboxTable.Row, attempt: Int) throws -> OutboxDelivery? {
    guard let conversation = try conversation(number: row.conversation), let place = try place(of: conversation.source) else {
      throw JournalError(.storage, "the conversation of an outbox row vanished")
    }
    let known = try conversation.contact.flatMap { try self.contact(number: $0) }?.known
    let key: String = conversation.groupKey ?? known?.phone ?? known?.lid ?? known?.userID ?? ""
    var body: JSONObject = ["v": 1]
    switch row.kind {
    case .read: for member in try JSONValue(parsing: row.body).object ?? [:] { body.append(member.key, member.value) }
    case .send:
      guard let message = try message(of: row, in: conversation) else { return nil }
      body.append("attempt", .number(JSONNumber(Int64(attempt))))
      body.append("reference", .string(row.id))
      var to: JSONObject = ["key": .string(key)]
      let names: [(String, String?)] = [("phone", known?.phone), ("userId", known?.userID), ("lid", known?.lid)]
      for (name, value) in names {
        if let value { to.append(name, .string(value)) }
      }
      to.append("group", .bool(conversation.isGroup))
      body.append("to", .object(to))
      body.append("message", .object(message))
    }
    return OutboxDelivery(
      kind: row.kind, id: row.id, account: place.account, conversation: key, cause: row.cause, acceptedMs: row.acceptedMs,
      body: JSONValue.object(body).serialized())
  }

  /// The message with what it names named as the provider does. A quotation of what was never sent is left out; a reaction to it is nothing.
  private func message(of row: OutboxTable.Row, in conversation: ConversationState) throws -> JSONObject? {
    var message: JSONObject = ["id": .string(row.id)]
    for member in try JSONValue(parsing: row.body).object ?? [:] { message.append(member.key, member.value) }
    func named(_ id: String?) throws -> JSONObject? {
      try id.flatMap { try self.message($0, in: conversation) }.flatMap { try reference(to: $0) }
    }
    if let quoted = message["replyTo"] { message["replyTo"] = try named(quoted.string).map { .object($0) } ?? .null }
    guard var reaction = message["reaction"]?.object else { return message }
    guard let target = try named(reaction["target"]?.string) else { return nil }
    reaction["target"] = target["providerMessageId"]
    for name in ["fromMe", "author"] { reaction[name] = target[name] }
    message["reaction"] = .object(reaction)
    return message
  }
}
