import HubModel
import OrderedJSON

/// One canonical event as the channel hands it to the hub.
struct ChannelEvent: Sendable, Hashable {
  /// What happened.
  let kind: EventKind
  /// The key under which the hub recognises a redelivery; empty for what is volatile.
  let id: String
  /// The instance's name; the hub maps it to a tenant.
  let account: String
  /// The chat: a phone's digits, a LID with `@lid`, a group's JID; empty when there is none.
  let conversation: String
  /// When it happened, in milliseconds since 1970, UTC.
  let timeMs: Int64
  /// Contact, conversation and the kind's own member.
  let body: JSONObject
}
