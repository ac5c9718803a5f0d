internal import GRDBSQLite

/// The open file of a ``ValueStore``. Confined to its queue.
final class ValueFile {
  private static let migrations: [[String]] = [
    [
      """
      CREATE TABLE adapter_values(
        owner TEXT NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, until_ms INTEGER, PRIMARY KEY(owner, key)) WITHOUT ROWID
      """,
      "CREATE INDEX adapter_values_until ON adapter_values(until_ms) WHERE until_ms IS NOT NULL",
    ]
  ]

  private typealias Outcome = Result<[UInt8]?, ValueStore.Failure>

  private let connection: OpaquePointer
  private let find, put, remove, sum, expire: SQLStatement
  /// Bytes by owner, as far as they are known.
  private var totals: [String: Int] = [:]

  init(path: String) throws {
    try DatabaseFile.prepare(path)
    var opened: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
    guard sqlite3_open_v2(path, &opened, flags, nil) == SQLITE_OK, let opened else {
      sqlite3_close_v2(opened)
      throw JournalError(.storage, "cannot open \(path)")
    }
    connection = opened
    do {
      for pragma in ["journal_mode = WAL", "synchronous = FULL", "busy_timeout = 5000"] {
        try SQLStatement.execute(opened, "PRAGMA \(pragma)")
      }
      try Storage.requireFullSync(opened)
      try Migrator(migrations: Self.migrations).migrate(opened)
      find = try SQLStatement(opened, "SELECT value, until_ms, length(key) FROM adapter_values WHERE owner = ? AND key = ?")
      put = try SQLStatement(opened, "INSERT OR REPLACE INTO adapter_values(owner, key, value, until_ms) VALUES(?, ?, ?, ?)")
      remove = try SQLStatement(opened, "DELETE FROM adapter_values WHERE owner = ? AND key = ?")
      sum = try SQLStatement(opened, "SELECT ifnull(sum(length(key) + length(value)), 0) FROM adapter_values WHERE owner = ?")
      expire = try SQLStatement(opened, "DELETE FROM adapter_values WHERE until_ms IS NOT NULL AND until_ms <= ?")
    } catch {
      sqlite3_close_v2(opened)
      throw error
    }
  }

  // The statements go with their references; a connection that still has some closes after them.
  deinit { sqlite3_close_v2(connection) }

  /// For tests.
  func execute(_ sql: String) throws { try SQLStatement.execute(connection, sql) }

  /// Does requests in their order, all writes of them in one transaction. When that fails nothing of it is done.
  func perform(_ requests: [ValueStore.Request], limits: ValueStore.Limits, now: Int64) throws -> [Result<[UInt8]?, ValueStore.Failure>] {
    let writes = requests.contains { if case .get = $0.operation { false } else { true } }
    do {
      if writes {
        try SQLStatement.execute(connection, "BEGIN IMMEDIATE")
        try forgetExpired(now)
      }
      let outcomes = try requests.map { try perform($0, limits: limits, now: now) }
      if writes { try SQLStatement.execute(connection, "COMMIT") }
      return outcomes
    } catch {
      totals = [:]
      if sqlite3_get_autocommit(connection) == 0 { try? SQLStatement.execute(connection, "ROLLBACK") }
      throw error
    }
  }

  private func perform(_ request: ValueStore.Request, limits: ValueStore.Limits, now: Int64) throws -> Outcome {
    let known = try lookUp(request, now: now)
    switch request.operation {
    case .get: return .success(known)
    case .put(let value, let until):
      let grown = try total(of: request.owner) + request.key.count + value.count - (known.map { request.key.count + $0.count } ?? 0)
      guard grown <= limits.total else { return .failure(.full) }
      put.bind(1, request.owner)
      put.bind(2, request.key)
      put.bind(3, value)
      put.bind(4, until)
      try put.run()
      totals[request.owner] = grown
    case .remove:
      guard let known else { return .success(nil) }
      remove.bind(1, request.owner)
      remove.bind(2, request.key)
      try remove.run()
      totals[request.owner] = try total(of: request.owner) - request.key.count - known.count
    }
    return .success(nil)
  }

  private func lookUp(_ request: ValueStore.Request, now: Int64) throws -> [UInt8]? {
    defer { find.reset() }
    find.bind(1, request.owner)
    find.bind(2, request.key)
    guard try find.step() else { return nil }
    if let until = find.optionalInt(1), until <= now { return nil }
    return find.blob(0)
  }

  private func forgetExpired(_ now: Int64) throws {
    expire.bind(1, now)
    try expire.run()
    if expire.changes > 0 { totals = [:] }
  }

  private func total(of owner: String) throws -> Int {
    if let known = totals[owner] { return known }
    defer { sum.reset() }
    sum.bind(1, owner)
    let total = try sum.step() ? Int(sum.int(0)) : 0
    totals[owner] = total
    return total
  }
}
