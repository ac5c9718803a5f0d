public import OrderedJSON

/// A message to send, checked by whoever took it in.
public struct OutboundSend: Sendable {
  /// Whom it goes to.
  public enum Target: Sendable, Hashable {
    /// Digits; the conversation is made where there is none.
    case phone(String)
    /// `cnv_…` of the tenant.
    case conversation(String)
  }

  /// Gives the same message back for the same key.
  public struct IdempotencyKey: Sendable, Hashable {
    /// As the caller chose it; unique within the tenant.
    public let text: String
    /// What identifies the request that it came with.
    public let fingerprint: [UInt8]

    /// A key and what it came with.
    public init(_ text: String, fingerprint: [UInt8]) { (self.text, self.fingerprint) = (text, fingerprint) }
  }

  /// The isolation boundary.
  public var tenant: String
  /// The adapter's id in hub.yaml.
  public var channel: String
  /// The provider's name, as in `meta`.
  public var provider: String
  /// The number or instance at the provider.
  public var account: String
  /// Whom it goes to.
  public var target: Target
  /// Canonical members: `type` and what belongs to it. `replyTo` and `reaction.target` name a message by our id or the provider's.
  public var message: JSONObject
  /// Correlation id and, after a space, the traceparent.
  public var cause: String
  /// Nil: every call is a message of its own.
  public var key: IdempotencyKey?
  /// Only gives back what its key stands for: nothing new is accepted.
  public var isRepeatOnly = false

  /// A message to send.
  public init(
    tenant: String, channel: String, provider: String, account: String, target: Target, message: JSONObject, cause: String = "",
    key: IdempotencyKey? = nil
  ) {
    (self.tenant, self.channel, self.provider, self.account) = (tenant, channel, provider, account)
    (self.target, self.message, self.cause, self.key) = (target, message, cause, key)
  }
}

/// What became of a message to send.
public enum SendAcceptance: Sendable, Hashable {
  /// It is in the outbox and synced.
  case accepted(AcceptedSend)
  /// Nothing was stored.
  case refused(SendRefusal)
}

/// A message the outbox has.
public struct AcceptedSend: Sendable, Hashable {
  /// `msg_…`
  public let id: String
  /// `cnv_…`
  public let conversation: String
  /// The canonical message as it stands now, JSON.
  public let message: [UInt8]
  /// For the lanes; nil when the key gave back a message that was accepted before.
  public let ticket: OutboxTicket?
}

/// Why a message was not accepted.
public enum SendRefusal: Sendable, Hashable {
  /// The tenant has no such conversation on that channel and account.
  case unknownConversation
  /// `replyTo` or `reaction.target` names no message of the conversation; the member's name.
  case unknownMessage(member: String)
  /// The idempotency key came with another request before.
  case keyReused
  /// The channel has as much to send as it may have.
  case full
  /// The key stands for nothing, and nothing new was to be accepted.
  case unknownKey
}

/// What the channel is given.
public struct OutboxDelivery: Sendable, Hashable {
  /// What it is.
  public let kind: OutboxKind
  /// `msg_…` or `rd_…`.
  public let id: String
  /// The number or instance at the provider.
  public let account: String
  /// The provider's key of the conversation.
  public let conversation: String
  /// Correlation id and, after a space, the traceparent.
  public let cause: String
  /// When it was accepted; Unix milliseconds.
  public let acceptedMs: Int64
  /// The delivery's body, JSON.
  public let body: [UInt8]
}

/// What became of an attempt.
public enum SendOutcome: Sendable, Hashable {
  /// The provider has it. The phone is the provider's own spelling of whom it went to.
  case accepted(providerID: String?, phone: String?)
  /// Certainly not sent: again at that time, Unix milliseconds.
  case retry(atMs: Int64, code: String, text: String)
  /// Final.
  case rejected(code: String, text: String)
  /// Nobody knows whether it was sent.
  case unknown(code: String, text: String)
}

/// Whether an attempt may begin.
public enum AttemptStart: Sendable, Hashable {
  /// It is marked as in flight, and synced.
  case begun(OutboxDelivery)
  /// The row needs no attempt any more: its fate became known, it was dropped, or it can't be sent as it is.
  case settled
}

/// That somebody of a tenant has read a conversation.
public struct ReadMark: Sendable {
  /// The isolation boundary.
  public var tenant: String
  /// `cnv_…`
  public var conversation: String
  /// Correlation id and, after a space, the traceparent.
  public var cause: String

  /// A mark.
  public init(tenant: String, conversation: String, cause: String = "") {
    (self.tenant, self.conversation, self.cause) = (tenant, conversation, cause)
  }
}
