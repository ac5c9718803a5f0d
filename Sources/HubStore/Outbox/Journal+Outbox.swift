internal import Dispatch
internal import Synchronization

extension Journal {
  /// Puts a message into the outbox and tells it as pending, in one synced transaction. The completion is called once, on the writer's
  /// queue; it must not block.
  public func accept(_ send: OutboundSend, completion: @escaping @Sendable (Result<SendAcceptance, JournalError>) -> Void) {
    guard case .ready = readiness else {
      return completion(.failure(JournalError(.unavailable, "nothing can be stored for now", retryAfterSeconds: 5)))
    }
    enqueue(.accept(send, completion))
  }

  /// Marks a conversation as read, and puts into the outbox that its provider is to be told; nil when there was nothing to read.
  public func markRead(_ mark: ReadMark, completion: @escaping @Sendable (Result<OutboxTicket?, JournalError>) -> Void) {
    guard case .ready = readiness else {
      return completion(.failure(JournalError(.unavailable, "nothing can be stored for now", retryAfterSeconds: 5)))
    }
    enqueue(.read(mark, completion))
  }

  /// Marks an attempt as in flight. Only once this is answered with `begun` may the channel be called.
  public func beginAttempt(_ number: Int64, _ attempt: Int, completion: @escaping @Sendable (Result<AttemptStart, JournalError>) -> Void) {
    enqueue(.begin(number, attempt: attempt, completion))
  }

  /// Records what became of an attempt, and tells the message's status.
  public func settleAttempt(
    _ number: Int64, _ attempt: Int, _ outcome: SendOutcome, completion: @escaping @Sendable (Result<Void, JournalError>) -> Void
  ) {
    enqueue(.settle(number, attempt: attempt, outcome, completion))
  }

  /// Makes a dead letter of a row that cannot be begun or settled, whatever state it is in and whatever is wrong with it.
  public func buryAttempt(
    _ number: Int64, _ death: OutboxDeath, code: String, text: String,
    completion: @escaping @Sendable (Result<Void, JournalError>) -> Void
  ) {
    enqueue(.bury(number, death, code: code, text: text, completion))
  }

  /// What is to be sent, in order; to be called once, before anything is sent. What was in flight when the hub ended is dead now, its fate
  /// unknown.
  public func openOutbox(completion: @escaping @Sendable (Result<[OutboxTicket], JournalError>) -> Void) {
    enqueue(.open(recovers: true, completion))
  }

  /// What is to be sent and not in flight, in order: for who may have missed some of it, because the journal was opened anew.
  public func waitingOutbox(completion: @escaping @Sendable (Result<[OutboxTicket], JournalError>) -> Void) {
    enqueue(.open(recovers: false, completion))
  }

  /// Puts dead letters and waiting rows back at their place; answers those that were put.
  public func retryOutbox(_ ids: [String], completion: @escaping @Sendable (Result<[OutboxTicket], JournalError>) -> Void) {
    enqueue(.revive(ids, completion))
  }

  /// Drops rows that are neither in flight nor done; answers the ids of those dropped.
  public func dropOutbox(_ ids: [String], completion: @escaping @Sendable (Result<[String], JournalError>) -> Void) {
    enqueue(.drop(ids, completion))
  }

  private func enqueue(_ command: OutboxCommand) {
    do throws(JournalError) {
      let wakes = try outboxQueue.withLock { queue throws(JournalError) in try queue.offer(command) }
      if wakes { queue.async { self.drainOutbox() } }
    } catch {
      command.fail(error)
    }
  }

  /// Rows that are not done, oldest first.
  ///
  /// - Parameters:
  ///   - dead: only dead letters.
  ///   - channel: only of this channel; nil: of all.
  public func outbox(dead: Bool = false, channel: String? = nil, limit: Int) throws -> [OutboxEntry] {
    try reading { storage in
      try storage.read { connection in
        let states = dead ? "o.state IN (4, 5)" : "o.state <> 3"
        let statement = try SQLStatement(
          connection,
          """
          SELECT o.id, o.kind, s.tenant, s.channel, s.account, c.id, o.body, o.state, o.attempts, o.at_ms, o.code, o.text, o.accepted_ms
          FROM outbox o JOIN sources s ON s.number = o.source JOIN conversations c ON c.number = o.conversation
          WHERE \(states) AND o.state <> 3 AND (?1 IS NULL OR s.channel = ?1) ORDER BY o.number LIMIT ?2
          """)
        statement.bind(1, channel)
        statement.bind(2, limit)
        var entries: [OutboxEntry] = []
        while try statement.step() { entries.append(OutboxEntry(statement)) }
        return entries
      }
    }
  }

  /// The ids of all rows of a scope, oldest first.
  ///
  /// - Parameter channel: only of this channel; nil: of all.
  public func outboxIDs(_ scope: OutboxScope, channel: String? = nil) throws -> [String] {
    let states =
      switch scope {
      case .dead: "4, 5"
      case .stuck: "2, 4, 5"
      case .idle: "0, 2, 4, 5"
      }
    return try reading { storage in
      try storage.read { connection in
        // That a row is not done is said once more in the words of the partial index, which SQLite would not find else.
        let statement = try SQLStatement(
          connection,
          """
          SELECT o.id FROM outbox o JOIN sources s ON s.number = o.source
          WHERE o.state IN (\(states)) AND o.state <> 3 AND (?1 IS NULL OR s.channel = ?1) ORDER BY o.number
          """)
        statement.bind(1, channel)
        var ids: [String] = []
        while try statement.step() { ids.append(statement.text(0)) }
        return ids
      }
    }
  }

  /// How many rows there are of each state, those that are done left out.
  public func outboxDepths() throws -> [OutboxDepth] {
    try reading { storage in
      try storage.read { connection in
        let statement = try SQLStatement(
          connection, "SELECT state, count(*), min(accepted_ms) FROM outbox WHERE state <> 3 GROUP BY state ORDER BY state")
        var depths: [OutboxDepth] = []
        while try statement.step() {
          let state = OutboxTable.state(statement.int(0), attempts: 0, atMs: 0)
          depths.append(OutboxDepth(state: state.name, count: Int(statement.int(1)), oldestMs: statement.int(2)))
        }
        return depths
      }
    }
  }
}

extension OutboxEntry {
  fileprivate init(_ row: SQLStatement) {
    let kind = OutboxKind(rawValue: row.text(1)) ?? .send
    self.init(
      id: row.text(0), kind: kind, tenant: row.text(2), channel: row.text(3), account: row.text(4), conversation: row.text(5),
      type: kind == .send ? OutboxTable.type(of: row.blob(6) ?? []) : kind.rawValue,
      state: OutboxTable.state(row.int(7), attempts: Int(row.int(8)), atMs: row.int(9)), attempts: Int(row.int(8)), code: row.text(10),
      text: row.text(11), acceptedMs: row.int(12))
  }
}
