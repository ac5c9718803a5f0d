/// An event as it stands in the journal: synced, ordered, canonical.
public struct StoredEvent: Sendable, Hashable {
  /// The place in the journal, the only order there is; 0 for a volatile event, which is in no journal.
  public let sequence: UInt64
  /// The isolation boundary.
  public let tenant: String
  /// The adapter's id in hub.yaml.
  public let channel: String
  /// The provider's name.
  public let provider: String
  /// The number or instance at the provider.
  public let account: String
  /// One of the words of `EventKind`.
  public let kind: String
  /// The event's own ULID, as in the body.
  public let id: String
  /// The dedupe id that the channel chose.
  public let providerID: String
  /// `cnv_…`, or empty when the event belongs to no conversation.
  public let conversation: String
  /// Correlation id and, after a space, the traceparent.
  public let cause: String
  /// When it happened, by the provider's clock; Unix milliseconds.
  public let timeMs: Int64
  /// When it reached the hub; Unix milliseconds.
  public let receivedMs: Int64
  /// When its transaction was written, by the hub's clock; Unix milliseconds. Never an order.
  public let journaledMs: Int64
  /// The canonical event, a JSON object with a fixed order of members.
  public let body: [UInt8]
}

/// What became of one event of an append.
public enum AppendOutcome: Sendable, Hashable {
  /// It is in the journal and synced.
  case stored(sequence: UInt64)
  /// It was there already, at this place.
  case duplicate(sequence: UInt64)
  /// It can never be stored; its siblings were not hurt.
  case invalid(reason: String)
}
