/// Where a row of the outbox stands.
public enum OutboxState: Sendable, Hashable {
  /// It waits for its turn.
  case queued
  /// The channel has it; on disk before the channel was called, so that a crash leaves a fate nobody knows and no second attempt.
  case inFlight(attempt: Int, sinceMs: Int64)
  /// The attempt failed in a way that certainly sent nothing; the next one comes at that time.
  case waiting(untilMs: Int64, attempt: Int)
  /// The provider has it, or an operator dropped it.
  case done
  /// A dead letter: nothing happens to it unless an operator says so.
  case dead(OutboxDeath)

  /// The state's name, as metrics and `hub outbox list` show it.
  public var name: String {
    switch self {
    case .queued: "queued"
    case .inFlight: "in_flight"
    case .waiting: "waiting"
    case .done: "done"
    case .dead(let death): "dead_\(death.rawValue)"
    }
  }
}

extension OutboxState {
  /// Whether something may still be tried by itself.
  var isOpen: Bool {
    switch self {
    case .queued, .inFlight, .waiting: true
    case .done, .dead: false
    }
  }
}

/// Why a row is a dead letter.
public enum OutboxDeath: String, Sendable, Hashable {
  /// The provider, or the channel, refused it for good.
  case rejected
  /// Whether it was sent, nobody knows.
  case unknown
}

/// Rows that an operator decides about at once.
public enum OutboxScope: Sendable, Hashable {
  /// Dead letters.
  case dead
  /// Dead letters, and what waits for its next attempt.
  case stuck
  /// Whatever is neither under way nor done.
  case idle
}

/// What a row is.
public enum OutboxKind: String, Sendable, Hashable {
  /// A message.
  case send
  /// That messages were read.
  case read
}

/// One row of the outbox, for lists.
public struct OutboxEntry: Sendable, Hashable {
  /// `msg_…` of a message, `rd_…` of a read.
  public let id: String
  /// What it is.
  public let kind: OutboxKind
  /// The isolation boundary.
  public let tenant: String
  /// The adapter's id in hub.yaml.
  public let channel: String
  /// The number or instance at the provider.
  public let account: String
  /// `cnv_…`
  public let conversation: String
  /// The canonical type of a message, `read` of a read.
  public let type: String
  /// Where it stands.
  public let state: OutboxState
  /// Attempts begun so far.
  public let attempts: Int
  /// The last failure's code and text; empty when there was none.
  public let code, text: String
  /// When it was accepted; Unix milliseconds.
  public let acceptedMs: Int64
}

/// What the lanes need to know of a row.
public struct OutboxTicket: Sendable, Hashable {
  /// The row; rows of one lane are sent in the order of their numbers.
  public let number: Int64
  /// `msg_…` or `rd_…`.
  public let id: String
  /// The adapter's id in hub.yaml.
  public let channel: String
  /// The number or instance at the provider.
  public let account: String
  /// The conversation's number, which with channel and account names the lane.
  public let conversation: Int64
  /// Attempts begun so far.
  public let attempts: Int
  /// When the next attempt may begin; Unix milliseconds; nil: at once.
  public let notBeforeMs: Int64?
}

/// How many rows there are of a state, and since when the oldest of them is there.
public struct OutboxDepth: Sendable, Hashable {
  /// As in `OutboxState.name`.
  public let state: String
  /// How many.
  public let count: Int
  /// When the oldest was accepted; Unix milliseconds.
  public let oldestMs: Int64
}
