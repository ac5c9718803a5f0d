internal import GRDBSQLite

/// Brings a file to the newest schema. Every change and its version number commit together, so a kill at any statement leaves the old
/// schema or the new one.
struct Migrator {
  var migrations: [[String]] = Schema.migrations
  /// Called before each statement with its number from 0, counted over all changes; tests end the process in it.
  var beforeStatement: (Int) -> Void = { _ in }

  func migrate(_ connection: OpaquePointer) throws {
    let version = try Self.version(of: connection)
    try Self.check(version: version, newest: migrations.count)
    var statement = 0
    func execute(_ sql: String) throws {
      beforeStatement(statement)
      statement += 1
      try SQLStatement.execute(connection, sql)
    }
    for (index, change) in migrations.enumerated().dropFirst(version) {
      do {
        try execute("BEGIN IMMEDIATE")
        for sql in change { try execute(sql) }
        try execute("PRAGMA user_version = \(index + 1)")
        try execute("COMMIT")
      } catch {
        if sqlite3_get_autocommit(connection) == 0 { try? SQLStatement.execute(connection, "ROLLBACK") }
        throw error
      }
    }
  }

  static func version(of connection: OpaquePointer) throws -> Int {
    Int(try SQLStatement.number(connection, "PRAGMA user_version") ?? 0)
  }

  static func check(version: Int, newest: Int) throws {
    guard version <= newest else {
      throw JournalError(
        .newerVersion,
        "the journal was written by a newer hub (schema \(version), this hub knows \(newest)); run that version, or restore a backup")
    }
  }
}
