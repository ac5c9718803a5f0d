public import OrderedJSON

/// One canonical event as a channel makes it, before it is emitted: what it says still as a JSON object, its kind of the channel's own type, so that
/// what maps a provider's events can be tested by value.
///
/// ```swift
/// enum Kind: String { case created = "message.created", status = "message.status" }
/// let event = HubChannelEvent(kind: Kind.created, id: "1", account: "desk", conversation: "5511", timeMs: 0, body: [:])
/// services.emit([HubEvent(event, cause: request.cause)]) { … }
/// ```
public struct HubChannelEvent<Kind: RawRepresentable<String> & Hashable & Sendable>: Sendable, Hashable {
  /// What happened.
  public let kind: Kind
  /// The key under which the hub recognises a redelivery; empty for what is volatile.
  public let id: String
  /// The provider's account; the hub maps it to a tenant.
  public let account: String
  /// The provider's key of the conversation; empty when there is none.
  public let conversation: String
  /// When it happened, in milliseconds since 1970, UTC.
  public let timeMs: Int64
  /// Contact, conversation and the kind's own member.
  public let body: JSONObject

  /// An event to emit.
  public init(kind: Kind, id: String, account: String, conversation: String, timeMs: Int64, body: JSONObject) {
    (self.kind, self.id, self.account, self.conversation, self.timeMs, self.body) = (kind, id, account, conversation, timeMs, body)
  }
}

extension HubEvent {
  /// A channel's event as it is emitted.
  public init<Kind>(_ event: HubChannelEvent<Kind>, cause: String) {
    self.init(
      id: event.id, kind: event.kind.rawValue, account: event.account, conversation: event.conversation, cause: cause,
      timeMilliseconds: event.timeMs, body: JSONValue.object(event.body).serialized())
  }
}
