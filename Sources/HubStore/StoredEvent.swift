/// An event as it stands in the journal: synced, ordered, canonical. It goes through many hands: copies share one content.
public struct StoredEvent: Sendable, Hashable {
  /// The place in the journal, the only order there is; 0 for a volatile event, which is in no journal.
  public var sequence: UInt64 { content.members.sequence }
  /// The isolation boundary.
  public var tenant: String { content.members.tenant }
  /// The adapter's id in hub.yaml.
  public var channel: String { content.members.channel }
  /// The provider's name.
  public var provider: String { content.members.provider }
  /// The number or instance at the provider.
  public var account: String { content.members.account }
  /// One of the words of `EventKind`.
  public var kind: String { content.members.kind }
  /// The event's own ULID, as in the body.
  public var id: String { content.members.id }
  /// The dedupe id that the channel chose.
  public var providerID: String { content.members.providerID }
  /// `cnv_…`, or empty when the event belongs to no conversation.
  public var conversation: String { content.members.conversation }
  /// Correlation id and, after a space, the traceparent.
  public var cause: String { content.members.cause }
  /// When it happened, by the provider's clock; Unix milliseconds.
  public var timeMs: Int64 { content.members.timeMs }
  /// When it reached the hub; Unix milliseconds.
  public var receivedMs: Int64 { content.members.receivedMs }
  /// When its transaction was written, by the hub's clock; Unix milliseconds. Never an order.
  public var journaledMs: Int64 { content.members.journaledMs }
  /// The canonical event, a JSON object with a fixed order of members.
  public var body: [UInt8] { content.members.body }

  private struct Members: Sendable, Hashable {
    let sequence: UInt64
    let tenant, channel, provider, account, kind, id, providerID, conversation, cause: String
    let timeMs, receivedMs, journaledMs: Int64
    let body: [UInt8]
  }

  private final class Content: Sendable {
    let members: Members

    init(_ members: Members) { self.members = members }
  }

  private let content: Content

  init(
    sequence: UInt64, tenant: String, channel: String, provider: String, account: String, kind: String, id: String, providerID: String,
    conversation: String, cause: String, timeMs: Int64, receivedMs: Int64, journaledMs: Int64, body: [UInt8]
  ) {
    content = Content(
      Members(
        sequence: sequence, tenant: tenant, channel: channel, provider: provider, account: account, kind: kind, id: id,
        providerID: providerID, conversation: conversation, cause: cause, timeMs: timeMs, receivedMs: receivedMs, journaledMs: journaledMs,
        body: body))
  }

  /// The same event with another body, for whoever it is shown to.
  public func with(body: [UInt8]) -> StoredEvent {
    StoredEvent(
      sequence: sequence, tenant: tenant, channel: channel, provider: provider, account: account, kind: kind, id: id,
      providerID: providerID, conversation: conversation, cause: cause, timeMs: timeMs, receivedMs: receivedMs, journaledMs: journaledMs,
      body: body)
  }

  /// The same values in every member.
  public static func == (lhs: StoredEvent, rhs: StoredEvent) -> Bool {
    lhs.content === rhs.content || lhs.content.members == rhs.content.members
  }

  /// Every member counts.
  public func hash(into hasher: inout Hasher) { hasher.combine(content.members) }
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
