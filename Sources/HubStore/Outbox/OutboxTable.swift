internal import OrderedJSON

/// The tables of the outbox. Confined to the writer.
final class OutboxTable {
  /// A row as it is stored.
  struct Row {
    let number: Int64
    let id: String
    let kind: OutboxKind
    let source: Int64
    let conversation: Int64
    /// Nil for what is no message of its own.
    let message: Int64?
    let state: OutboxState
    let attempts: Int
    let code, text, cause: String
    let acceptedMs: Int64
    let body: [UInt8]
  }

  /// How long a key gives the same message back.
  static let keyLifeMs: Int64 = 86_400_000
  /// How long a row that is done is kept: as long as a provider may tell something about it.
  private static let doneLifeMs: Int64 = 8 * 86_400_000
  private static let columns =
    "number, id, kind, source, conversation, message, state, attempts, at_ms, code, text, cause, accepted_ms, body"

  private let addRow, byNumber, byID, setState, openRows, findKey, addKey, dropKeys, dropDone: SQLStatement

  init(_ connection: OpaquePointer) throws {
    func prepare(_ sql: String) throws -> SQLStatement { try SQLStatement(connection, sql) }
    addRow = try prepare(
      """
      INSERT INTO outbox(id, kind, source, conversation, message, state, attempts, code, text, cause, accepted_ms, body)
      VALUES(?, ?, ?, ?, ?, 0, 0, '', '', ?, ?, ?) RETURNING number
      """)
    byNumber = try prepare("SELECT \(Self.columns) FROM outbox WHERE number = ?")
    byID = try prepare("SELECT \(Self.columns) FROM outbox WHERE id = ?")
    setState = try prepare("UPDATE outbox SET state = ?, attempts = ?, at_ms = ?, code = ?, text = ? WHERE number = ?")
    openRows = try prepare("SELECT \(Self.columns) FROM outbox WHERE state IN (0, 1, 2) AND state <> 3 ORDER BY number")
    findKey = try prepare("SELECT fingerprint, id, expires_ms FROM outbox_keys WHERE tenant = ? AND key = ?")
    addKey = try prepare("INSERT OR REPLACE INTO outbox_keys(tenant, key, fingerprint, id, expires_ms) VALUES(?, ?, ?, ?, ?)")
    dropKeys = try prepare(
      "DELETE FROM outbox_keys WHERE (tenant, key) IN (SELECT tenant, key FROM outbox_keys WHERE expires_ms < ? ORDER BY expires_ms LIMIT 20)"
    )
    dropDone = try prepare(
      "DELETE FROM outbox WHERE number IN (SELECT number FROM outbox WHERE state = 3 AND at_ms < ? ORDER BY at_ms LIMIT 20)")
  }

  /// Adds a row that waits for its turn; its number.
  func add(
    id: String, kind: OutboxKind, source: Int64, conversation: Int64, message: Int64?, cause: String, acceptedMs: Int64, body: [UInt8]
  ) throws -> Int64 {
    defer { addRow.reset() }
    addRow.bind(1, id)
    addRow.bind(2, kind.rawValue)
    addRow.bind(3, source)
    addRow.bind(4, conversation)
    addRow.bind(5, message)
    addRow.bind(6, cause)
    addRow.bind(7, acceptedMs)
    addRow.bind(8, body)
    guard try addRow.step() else { throw JournalError(.storage, "an outbox row was not stored") }
    return addRow.int(0)
  }

  func row(number: Int64) throws -> Row? {
    byNumber.bind(1, number)
    return try read(byNumber)
  }

  func row(id: String) throws -> Row? {
    byID.bind(1, id)
    return try read(byID)
  }

  /// Rows that are neither done nor dead, in the order of their numbers.
  func open() throws -> [Row] {
    defer { openRows.reset() }
    var rows: [Row] = []
    while try openRows.step() { rows.append(Self.row(openRows)) }
    return rows
  }

  func set(_ state: OutboxState, of row: Row, attempts: Int? = nil, code: String = "", text: String = "", now: Int64) throws {
    let (number, atMs) = Self.stored(state, now: now)
    setState.bind(1, number)
    setState.bind(2, attempts ?? row.attempts)
    setState.bind(3, atMs)
    setState.bind(4, code)
    setState.bind(5, text)
    setState.bind(6, row.number)
    try setState.run()
  }

  /// What a key stands for; nil when it is new or its time is over.
  func find(_ key: OutboundSend.IdempotencyKey, tenant: String, now: Int64) throws -> (fingerprint: [UInt8], id: String)? {
    defer { findKey.reset() }
    findKey.bind(1, tenant)
    findKey.bind(2, key.text)
    // A clock that was set back makes a key live longer; to forget it would send twice.
    guard try findKey.step(), findKey.int(2) >= now else { return nil }
    return (findKey.blob(0) ?? [], findKey.text(1))
  }

  func remember(_ key: OutboundSend.IdempotencyKey, tenant: String, id: String, now: Int64) throws {
    addKey.bind(1, tenant)
    addKey.bind(2, key.text)
    addKey.bind(3, key.fingerprint)
    addKey.bind(4, id)
    addKey.bind(5, now + Self.keyLifeMs)
    try addKey.run()
  }

  /// Takes away a few of the rows and keys whose time is over.
  func clean(now: Int64) throws {
    dropKeys.bind(1, now)
    try dropKeys.run()
    dropDone.bind(1, now - Self.doneLifeMs)
    try dropDone.run()
  }

  private func read(_ statement: SQLStatement) throws -> Row? {
    defer { statement.reset() }
    return try statement.step() ? Self.row(statement) : nil
  }

  private static func row(_ row: SQLStatement) -> Row {
    Row(
      number: row.int(0), id: row.text(1), kind: OutboxKind(rawValue: row.text(2)) ?? .send, source: row.int(3), conversation: row.int(4),
      message: row.optionalInt(5), state: state(row.int(6), attempts: Int(row.int(7)), atMs: row.int(8)), attempts: Int(row.int(7)),
      code: row.text(9), text: row.text(10), cause: row.text(11), acceptedMs: row.int(12), body: row.blob(13) ?? [])
  }

  private static func stored(_ state: OutboxState, now: Int64) -> (number: Int, atMs: Int64?) {
    switch state {
    case .queued: (0, nil)
    case .inFlight(_, let since): (1, since)
    case .waiting(let until, _): (2, until)
    case .done: (3, now)
    case .dead(.rejected): (4, nil)
    case .dead(.unknown): (5, nil)
    }
  }

  /// The canonical type of a stored message.
  static func type(of body: [UInt8]) -> String { (try? JSONValue(parsing: body))?["type"]?.string ?? "" }

  static func state(_ number: Int64, attempts: Int, atMs: Int64) -> OutboxState {
    switch number {
    case 0: .queued
    case 1: .inFlight(attempt: attempts, sinceMs: atMs)
    case 2: .waiting(untilMs: atMs, attempt: attempts)
    case 3: .done
    case 4: .dead(.rejected)
    default: .dead(.unknown)
    }
  }
}
