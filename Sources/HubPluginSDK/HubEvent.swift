/// One canonical event: the envelope as members, the content as JSON bytes.
public struct HubEvent: Sendable {
  /// Emitted: the dedup key the channel chose for this kind. Delivered: the hub's own id of the event.
  public var id: String
  /// For example `message.created`.
  public var kind: String
  /// The provider's account; the hub maps it to a tenant.
  public var account: String
  /// Emitted: the provider's key of the conversation, empty when there is none. Delivered to a sink: the hub's conversation id; to a
  /// channel: the provider's key.
  public var conversation: String
  /// Correlation id and traceparent, passed on from the request or upstream event that led here.
  public var cause: String
  /// When it happened, Unix milliseconds.
  public var timeMilliseconds: Int64
  /// The place in the journal; 0 when emitted, and for volatile events.
  public var sequence: UInt64
  /// JSON.
  public var body: [UInt8]

  /// An event to emit.
  public init(id: String, kind: String, account: String, conversation: String, cause: String, timeMilliseconds: Int64, body: [UInt8]) {
    self.id = id
    self.kind = kind
    self.account = account
    self.conversation = conversation
    self.cause = cause
    self.timeMilliseconds = timeMilliseconds
    self.sequence = 0
    self.body = body
  }
}
