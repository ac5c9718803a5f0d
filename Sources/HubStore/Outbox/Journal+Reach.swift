internal import OrderedJSON

/// How the channel calls a conversation, for what is told it without the outbox.
public struct ConversationReach: Sendable, Hashable {
  /// The adapter's id in hub.yaml.
  public let channel: String
  /// The number or instance at the provider.
  public let account: String
  /// The provider's key of the conversation.
  public let key: String
  /// The provider's id of the newest message that came in; nil when there is none.
  public let lastInbound: String?
}

extension Journal {
  /// How the channel calls a tenant's conversation; nil when the tenant has none of that id.
  public func reach(of id: String, tenant: String) throws -> ConversationReach? {
    try reading { storage in
      try storage.read { connection in
        let reader = try ProjectionReader(connection)
        guard let number = try reader.number(of: id, tenant: tenant) else { return nil }
        let place = try SQLStatement(
          connection,
          """
          SELECT s.channel, s.account, coalesce(c.group_key, p.phone, p.lid, p.user_id, '')
          FROM conversations c JOIN sources s ON s.number = c.source LEFT JOIN contacts p ON p.number = c.contact WHERE c.number = ?
          """)
        place.bind(1, number)
        guard try place.step() else { return nil }
        let newest = try SQLStatement(
          connection,
          MessageRow.select + " WHERE conversation = ? AND direction = 0 ORDER BY timestamp_ms DESC, number DESC LIMIT 1")
        newest.bind(1, number)
        let message = try newest.step() ? try reader.text(of: MessageRow(newest)) : nil
        return ConversationReach(
          channel: place.text(0), account: place.text(1), key: place.text(2),
          lastInbound: message.flatMap { try? JSONValue(parsing: $0.bytes) }?["providerMessageId"]?.string)
      }
    }
  }
}
