internal import HubModel

/// Turns drafts into rows: events, and what follows from them, inside the writer's transaction. Confined to the writer.
///
/// Its memory mirrors the tables; after a rollback it must be told to `forget`.
final class Projector {
  let options: JournalOptions
  let sql: Statements
  private(set) var head: UInt64
  var generator = SplitMix()
  var journaledMs: Int64 = 0
  var tally = JournalCounters()
  /// The rows of the running transaction, in order.
  private(set) var stored: [StoredEvent] = []
  /// Conversations that became one in the running transaction, in order.
  var merges: [ConversationMerge] = []

  var sources: [SourceKey: Int64] = [:]
  var aliases: [AliasKey: Int64] = [:]
  var contacts: [Int64: ContactState] = [:]
  var conversations: [Int64: ConversationState] = [:]
  var byContact: [ConversationKey<Int64>: ConversationState] = [:]
  var byGroup: [ConversationKey<String>: ConversationState] = [:]
  var dirty: [ConversationState] = []
  var heldCount: Int64
  var hasMessageAliases: Bool
  /// Whether anything was ever sent through the outbox; until then no echo needs to be looked up.
  var hasSends: Bool

  /// How many contacts or conversations are remembered before all are let go.
  private static let memory = 50_000

  init(_ connection: OpaquePointer, options: JournalOptions) throws {
    self.options = options
    sql = try Statements(connection)
    head = UInt64(bitPattern: try SQLStatement.number(connection, "SELECT max(sequence) FROM events") ?? 0)
    heldCount = try SQLStatement.number(connection, "SELECT count(*) FROM held_statuses") ?? 0
    hasMessageAliases = try SQLStatement.number(connection, "SELECT 1 FROM message_aliases LIMIT 1") != nil
    hasSends = try SQLStatement.number(connection, "SELECT 1 FROM outbox LIMIT 1") != nil
  }

  /// Starts a transaction's worth of events.
  func begin() {
    journaledMs = options.now()
    stored.removeAll(keepingCapacity: true)
    merges.removeAll()
    tally = JournalCounters()
    if contacts.count > Self.memory || conversations.count > Self.memory || aliases.count > 2 * Self.memory { forgetAll() }
  }

  /// Appends one event and everything it implies.
  func apply(_ draft: EventDraft) throws -> AppendOutcome {
    do {
      return try store(draft)
    } catch let refusal as EventRefusal {
      return .invalid(reason: refusal.reason)
    }
  }

  private func store(_ draft: EventDraft) throws -> AppendOutcome {
    let source = try source(of: draft.event)
    if let sequence = try find(kind: draft.event.kind, id: draft.event.id, source: source) {
      tally.duplicates += 1
      return .duplicate(sequence: sequence)
    }
    let sequence: UInt64
    if let message = draft.message {
      if !message.inbound, hasSends, let outcome = try joinEcho(message, draft, source: source) { return outcome }
      sequence = try appendMessage(message, draft, source: source)
    } else if let change = draft.change {
      sequence = try appendChange(change, draft, source: source)
    } else {
      sequence = try appendPlain(draft, source: source)
    }
    return .stored(sequence: sequence)
  }

  /// Writes back what the events changed in conversations.
  func finish() throws {
    for conversation in dirty { try write(conversation) }
    dirty.removeAll(keepingCapacity: true)
  }

  /// What a rollback to a savepoint goes back to.
  struct Mark {
    fileprivate let stored, merges: Int
    fileprivate let tally: JournalCounters
  }

  var mark: Mark { Mark(stored: stored.count, merges: merges.count, tally: tally) }

  /// Goes back to a mark after the tables did. What was changed before the mark must have been written back.
  func rewind(to mark: Mark, _ connection: OpaquePointer) throws {
    forgetAll()
    stored.removeLast(stored.count - mark.stored)
    merges.removeLast(merges.count - mark.merges)
    tally = mark.tally
    try readState(connection)
  }

  /// Drops everything that a rolled-back transaction may have taught.
  func forget(_ connection: OpaquePointer) throws {
    forgetAll()
    stored.removeAll()
    merges.removeAll()
    try readState(connection)
  }

  private func readState(_ connection: OpaquePointer) throws {
    head = UInt64(bitPattern: try SQLStatement.number(connection, "SELECT max(sequence) FROM events") ?? 0)
    heldCount = try SQLStatement.number(connection, "SELECT count(*) FROM held_statuses") ?? 0
    hasMessageAliases = try SQLStatement.number(connection, "SELECT 1 FROM message_aliases LIMIT 1") != nil
    hasSends = try SQLStatement.number(connection, "SELECT 1 FROM outbox LIMIT 1") != nil
  }

  func forgetAll() {
    sources.removeAll()
    aliases.removeAll()
    contacts.removeAll()
    conversations.removeAll()
    byContact.removeAll()
    byGroup.removeAll()
    dirty.removeAll()
  }

  func makeID(_ prefix: IdentifierPrefix) -> String {
    prefix.rawValue + ULID(milliseconds: journaledMs, using: &generator).description
  }

  func source(of event: IncomingEvent) throws -> Int64 {
    if let number = try existingSource(of: event) { return number }
    let add = sql.addSource
    defer { add.reset() }
    add.bind(1, event.tenant)
    add.bind(2, event.channel)
    add.bind(3, event.provider)
    add.bind(4, event.account)
    guard try add.step() else { throw JournalError(.storage, "a source was not stored") }
    sources[event.sourceKey] = add.int(0)
    return add.int(0)
  }

  func existingSource(of event: IncomingEvent) throws -> Int64? {
    let key = event.sourceKey
    if let number = sources[key] { return number }
    let find = sql.findSource
    defer { find.reset() }
    find.bind(1, event.tenant)
    find.bind(2, event.channel)
    find.bind(3, event.account)
    guard try find.step() else { return nil }
    sources[key] = find.int(0)
    return find.int(0)
  }

  /// The dedupe index: the sequence of the event with this id.
  func find(kind: String, id: String, source: Int64) throws -> UInt64? {
    let find = sql.findEvent
    find.bind(1, source)
    return try find.lending([kind, id], from: 2) {
      defer { find.reset() }
      return try find.step() ? UInt64(bitPattern: find.int(0)) : nil
    }
  }

  /// Writes one row of `events` and returns it.
  func append(_ row: NewRow, _ event: IncomingEvent, source: Int64) throws -> StoredEvent {
    let stored = StoredEvent(
      sequence: head + 1, tenant: event.tenant, channel: event.channel, provider: event.provider, account: event.account,
      kind: row.kind.rawValue, id: row.id, providerID: row.providerID, conversation: row.conversation, cause: event.cause,
      timeMs: event.timeMs, receivedMs: event.receivedMs, journaledMs: journaledMs, body: row.body)
    let add = sql.addEvent
    add.bind(1, stored.sequence)
    add.bind(2, source)
    add.bind(8, stored.timeMs)
    add.bind(9, stored.receivedMs)
    add.bind(10, stored.journaledMs)
    add.bind(11, Int64(EventRow.checksum(of: stored)))
    try add.lending([stored.kind, stored.providerID, stored.id, stored.conversation, stored.cause], from: 3) {
      try add.run(12, uncopied: stored.body)
    }
    head += 1
    tally.appended += 1
    self.stored.append(stored)
    return stored
  }
}

/// Why an event cannot be stored as things stand. Thrown before the event wrote anything.
struct EventRefusal: Error {
  let reason: String
}

/// A row of `events` about to be written.
struct NewRow {
  let kind: EventKind
  let id: String
  let providerID: String
  let conversation: String
  let body: [UInt8]
}

struct SourceKey: Hashable {
  let tenant, channel, account: String
}

extension IncomingEvent {
  var sourceKey: SourceKey { SourceKey(tenant: tenant, channel: channel, account: account) }
}

struct AliasKey: Hashable {
  /// The sorts of names that identify; the numbers are in the table.
  enum Sort: Int64 {
    case phone = 1
    case userID = 2
    case lid = 3
  }

  let tenant: String
  let sort: Sort
  let value: String
}

struct ConversationKey<Other: Hashable>: Hashable {
  let source: Int64
  let other: Other
}

/// The generator behind our ids: they must be unique, not secret, and a system call for each would cost more than the row. (S. Vigna,
/// "splitmix64".)
struct SplitMix: RandomNumberGenerator {
  private var state = UInt64.random(in: .min ... .max)

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}
