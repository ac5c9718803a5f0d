internal import GRDBSQLite
internal import OrderedJSON

/// What one transaction did.
struct BatchResult {
  /// Per append, in order.
  let outcomes: [[AppendOutcome]]
  /// The rows, in order.
  let stored: [StoredEvent]
  let merges: [ConversationMerge]
  let tally: JournalCounters
}

/// Runs batches on one open file: a transaction and a sync each. Confined to the journal's queue.
final class Writer {
  let storage: Storage
  let projector: Projector
  let outbox: OutboxTable

  init(_ storage: Storage, options: JournalOptions) throws {
    self.storage = storage
    (projector, outbox) = try storage.write { (try Projector($0, options: options), try OutboxTable($0)) }
  }

  /// Commits a batch and the cursors, or nothing. When a single event is what fails the batch is done again, each event by itself, and
  /// that event is refused.
  func commit(_ requests: [AppendRequest], cursors: [String: UInt64]) throws -> BatchResult {
    try storage.write { connection in
      do {
        return try batch(requests, cursors: cursors, connection, apply: projector.apply)
      } catch  where Self.isOfOne(error) {
        return try batch(requests, cursors: cursors, connection, isolated: true) { try applyAlone($0, connection) }
      }
    }
  }

  private func batch(
    _ requests: [AppendRequest], cursors: [String: UInt64], _ connection: OpaquePointer, isolated: Bool = false,
    apply: (EventDraft) throws -> AppendOutcome
  ) throws -> BatchResult {
    try transaction(connection) {
      projector.begin()
      if isolated { projector.tally.isolatedBatches = 1 }
      var outcomes: [[AppendOutcome]] = []
      outcomes.reserveCapacity(requests.count)
      for request in requests {
        outcomes.append(
          try request.items.map { item in
            switch item {
            case .draft(let draft): try apply(draft)
            case .invalid(let reason): .invalid(reason: reason)
            }
          })
      }
      try projector.finish()
      for (sink, sequence) in cursors { try saveCursor(sink, sequence) }
      return BatchResult(outcomes: outcomes, stored: projector.stored, merges: projector.merges, tally: projector.tally)
    }
  }

  private func applyAlone(_ draft: EventDraft, _ connection: OpaquePointer) throws -> AppendOutcome {
    try apart(connection) {
      try projector.apply(draft)
    } otherwise: { error in
      .invalid(reason: "the event cannot be stored: \(error)")
    }
  }

  /// Does something in a savepoint, written back to the last table, so that what fails is this and what it did is undone before
  /// `otherwise` takes its place.
  func apart<Value>(
    _ connection: OpaquePointer, _ body: () throws -> Value, otherwise: (any Error) throws -> Value
  ) throws -> Value {
    try projector.finish()
    let mark = projector.mark
    try SQLStatement.execute(connection, "SAVEPOINT apart")
    do {
      let value = try body()
      try projector.finish()
      try SQLStatement.execute(connection, "RELEASE apart")
      return value
    } catch  where Self.isOfOne(error) {
      try SQLStatement.execute(connection, "ROLLBACK TO apart")
      try SQLStatement.execute(connection, "RELEASE apart")
      try projector.rewind(to: mark, connection)
      return try otherwise(error)
    }
  }

  /// Whether something else could still be stored after this error. Of everything else, the disk above all, the whole batch fails.
  static func isOfOne(_ error: any Error) -> Bool {
    switch error {
    case let error as SQLError: error.isOfValues
    case let error as JournalError: error.code == .storage
    case is EventRefusal, is DraftError, is JSONError: true
    default: false
    }
  }

  private func saveCursor(_ sink: String, _ sequence: UInt64) throws {
    projector.sql.setCursor.bind(1, sink)
    projector.sql.setCursor.bind(2, sequence)
    try projector.sql.setCursor.run()
  }

  func forgetCursor(of sink: String) throws {
    try storage.write { connection in
      let statement = try SQLStatement(connection, "DELETE FROM cursors WHERE sink = ?")
      statement.bind(1, sink)
      try statement.run()
    }
  }

  /// Composes volatile events as they stand; they touch no table. Those of no known conversation are left out.
  func compose(_ drafts: [EventDraft]) throws -> [StoredEvent] {
    try storage.write { _ in try drafts.compactMap { try projector.compose(volatile: $0) } }
  }

  /// Whether a transaction of some size can be written and synced now.
  func probe() throws {
    try storage.write { connection in
      for size in [256 << 10, 0] {
        try transaction(connection) {
          try SQLStatement.execute(connection, "INSERT OR REPLACE INTO probe(number, filler) VALUES(1, zeroblob(\(size)))")
        }
      }
    }
  }

  /// All or nothing; after a failure the projections' memory is as the tables are.
  func transaction<Value>(_ connection: OpaquePointer, _ body: () throws -> Value) throws -> Value {
    do {
      try projector.sql.begin.run()
      let value = try body()
      try projector.sql.commit.run()
      return value
    } catch {
      if sqlite3_get_autocommit(connection) == 0 { try? projector.sql.rollback.run() }
      // If even reading fails the file is opened anew, with a new projector.
      try? projector.forget(connection)
      throw error
    }
  }
}
