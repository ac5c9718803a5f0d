/// What a channel hands over: one event as it understood it, before the journal gave it identity and order.
public struct IncomingEvent: Sendable {
  /// The isolation boundary; from the configuration of the account, never from a payload.
  public var tenant: String
  /// The adapter's id in hub.yaml.
  public var channel: String
  /// The provider's name, as in `meta`.
  public var provider: String
  /// The number or instance at the provider.
  public var account: String
  /// One of the words of `EventKind`.
  public var kind: String
  /// The dedupe id: unique per (tenant, channel, account, kind) for ever.
  public var id: String
  /// The provider's key of the conversation (phone, user id or group id), a `cnv_…` id of ours, or empty when there is none.
  /// A key that begins with `cnv_` always is an id of ours: where the tenant has no such conversation the event is refused. A conversation
  /// with one contact is known by that contact, unless the body says `"conversation": {"keyed": true}`: then it is known by this key.
  public var conversation: String
  /// Correlation id and, after a space, the traceparent.
  public var cause: String
  /// When it happened, by the provider's clock; Unix milliseconds.
  public var timeMs: Int64
  /// When it reached the hub; Unix milliseconds.
  public var receivedMs: Int64
  /// A JSON object: `contact`, `conversation`, `message`, `status`, `edit`, `delete`, `reaction`, members of the kind, `raw`.
  public var body: [UInt8]

  /// An event to append.
  public init(
    tenant: String, channel: String, provider: String, account: String, kind: String, id: String, conversation: String = "",
    cause: String = "", timeMs: Int64, receivedMs: Int64, body: [UInt8]
  ) {
    self.tenant = tenant
    self.channel = channel
    self.provider = provider
    self.account = account
    self.kind = kind
    self.id = id
    self.conversation = conversation
    self.cause = cause
    self.timeMs = timeMs
    self.receivedMs = receivedMs
    self.body = body
  }
}
