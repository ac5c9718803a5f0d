public import HubModel

/// One canonical event as the channel hands it to the hub: envelope in members, content as JSON text.
public struct ChannelEvent: Sendable, Hashable {
  /// What happened.
  public let kind: EventKind
  /// The key under which the hub recognises a redelivery (reference "Deduplication keys").
  public let id: String
  /// The `phone_number_id`; the hub maps it to a tenant.
  public let account: String
  /// The provider's key of the conversation: user id, else phone digits, or the group id. Empty when there is none.
  public let conversation: String
  /// When it happened, in milliseconds since 1970, UTC.
  public let timeMs: Int64
  /// The JSON object with contact, conversation and the kind's own member.
  public let body: [UInt8]
}
