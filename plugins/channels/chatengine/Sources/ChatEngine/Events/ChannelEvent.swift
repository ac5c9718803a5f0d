import HubModel
import HubPluginSDK
import OrderedJSON

/// One canonical event as the channel hands it to the hub.
struct ChannelEvent: Sendable, Hashable {
  /// What happened.
  let kind: EventKind
  /// The key under which the hub recognises a redelivery; empty for what is volatile.
  let id: String
  /// The workspace; the hub maps it to a tenant.
  let account: String
  /// ChatEngine's id of the conversation; empty when there is none.
  let conversation: String
  /// When it happened, in milliseconds since 1970, UTC.
  let timeMs: Int64
  /// Contact, conversation and the kind's own member.
  let body: JSONObject
}

extension HubEvent {
  init(_ event: ChannelEvent, cause: String) {
    self.init(
      id: event.id, kind: event.kind.rawValue, account: event.account, conversation: event.conversation, cause: cause,
      timeMilliseconds: event.timeMs, body: JSONValue.object(event.body).serialized())
  }
}
