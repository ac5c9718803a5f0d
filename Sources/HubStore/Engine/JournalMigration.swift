internal import GRDB

/// The migrations by themselves, for tests that end the process between two statements.
package enum JournalMigration {
  /// Brings the file at a path to the newest schema, calling back before each statement with its number from 0.
  package static func run(path: String, beforeStatement: (Int) -> Void) throws {
    try DatabaseFile.prepare(path)
    let pool = try DatabasePool(path: path)
    try pool.writeWithoutTransaction { db in
      let connection = try Storage.connection(db)
      try SQLStatement.execute(connection, "PRAGMA synchronous = FULL")
      try withoutActuallyEscaping(beforeStatement) { try Migrator(beforeStatement: $0).migrate(connection) }
    }
    try pool.close()
  }
}
