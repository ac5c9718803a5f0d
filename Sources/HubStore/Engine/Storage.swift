internal import GRDB
internal import GRDBSQLite

/// An open file: the pool, and the promise that its writer syncs every commit.
final class Storage: Sendable {
  let pool: DatabasePool

  init(path: String, options: JournalOptions) throws {
    try DatabaseFile.prepare(path)
    LogGathering.install()
    try LogSettling.settle(path + "-wal")
    var configuration = Configuration()
    configuration.label = "journal"
    configuration.maximumReaderCount = options.readers
    configuration.busyMode = .timeout(5)
    configuration.prepareDatabase { db in
      try Migrator.check(version: Migrator.version(of: Self.connection(db)), newest: Schema.migrations.count)
    }
    pool = try DatabasePool(path: path, configuration: configuration)
    try pool.writeWithoutTransaction { db in
      let connection = try Self.connection(db)
      // The pool set NORMAL while it opened; whatever was set before that is gone.
      // 16 MiB of pages: SQLite walks over all it holds after a commit that put pages of an index in another order, which most do.
      for pragma in ["synchronous = FULL", "cache_size = -16384", "wal_autocheckpoint = \(options.checkpointPages)", "temp_store = MEMORY"]
      {
        try SQLStatement.execute(connection, "PRAGMA \(pragma)")
      }
      try SQLStatement.execute(connection, "PRAGMA journal_size_limit = \(options.checkpointPages * 8192)")
      try Self.requireFullSync(connection)
      try Migrator().migrate(connection)
    }
  }

  static func connection(_ db: Database) throws -> OpaquePointer {
    guard let connection = db.sqliteConnection else { throw JournalError(.closed, "the journal is closed") }
    return connection
  }

  static func requireFullSync(_ connection: OpaquePointer) throws {
    let level = try SQLStatement.number(connection, "PRAGMA synchronous") ?? -1
    guard level == 2 else {
      throw JournalError(.notSynchronous, "the journal's writer has synchronous = \(level) where 2 (FULL) is required")
    }
  }

  /// What the live writing connection answers to `PRAGMA synchronous`; 2 is FULL.
  func synchronousLevel() throws -> Int {
    try pool.writeWithoutTransaction { db in Int(try SQLStatement.number(Self.connection(db), "PRAGMA synchronous") ?? -1) }
  }

  /// Runs on the writing connection, outside any transaction.
  func write<Value>(_ body: (OpaquePointer) throws -> Value) throws -> Value {
    try pool.writeWithoutTransaction { db in try body(Self.connection(db)) }
  }

  /// Runs on a snapshot.
  func read<Value>(_ body: (OpaquePointer) throws -> Value) throws -> Value {
    try pool.read { db in try body(Self.connection(db)) }
  }

  /// Closes every connection; one that a reader still uses closes after it.
  func close() throws { try pool.close() }
}
