internal import GRDBSQLite

/// A failure of SQLite, with its extended code.
struct SQLError: Error, CustomStringConvertible {
  let code: Int32
  let message: String

  init(_ connection: OpaquePointer, code: Int32) {
    self.code = sqlite3_extended_errcode(connection) & 0xFF == code & 0xFF ? sqlite3_extended_errcode(connection) : code
    message = String(cString: sqlite3_errmsg(connection))
  }

  var primaryCode: Int32 { code & 0xFF }
  var isCorrupt: Bool { primaryCode == SQLITE_CORRUPT || primaryCode == SQLITE_NOTADB }
  var isFull: Bool { primaryCode == SQLITE_FULL }

  /// Whether the statement's own values were refused, and not the file or the disk. A taken primary key is none of that: the journal
  /// gives those itself, so the journal is wrong about the file.
  var isOfValues: Bool {
    switch primaryCode {
    case SQLITE_CONSTRAINT: code != Self.primaryKeyTaken && code != Self.rowTaken
    case SQLITE_TOOBIG, SQLITE_MISMATCH: true
    default: false
    }
  }

  // Macros with arithmetic, which are not imported.
  private static let primaryKeyTaken = SQLITE_CONSTRAINT | 6 << 8
  private static let rowTaken = SQLITE_CONSTRAINT | 10 << 8

  var description: String { "SQLite \(code): \(message)" }
}

/// One prepared statement, used over and over by the connection's owner.
final class SQLStatement {
  private let connection: OpaquePointer
  private let handle: OpaquePointer

  init(_ connection: OpaquePointer, _ sql: String) throws {
    var handle: OpaquePointer?
    let code = sqlite3_prepare_v3(connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil)
    guard code == SQLITE_OK, let handle else { throw SQLError(connection, code: code) }
    self.connection = connection
    self.handle = handle
  }

  deinit { sqlite3_finalize(handle) }

  /// Runs one statement without parameters, rows ignored.
  static func execute(_ connection: OpaquePointer, _ sql: String) throws {
    let code = sqlite3_exec(connection, sql, nil, nil, nil)
    guard code == SQLITE_OK else { throw SQLError(connection, code: code) }
  }

  /// The one number that a query answers; nil when it answers no row or NULL.
  static func number(_ connection: OpaquePointer, _ sql: String) throws -> Int64? {
    let statement = try SQLStatement(connection, sql)
    return try statement.step() && !statement.isNull(0) ? statement.int(0) : nil
  }

  func bind(_ index: Int32, _ value: Int64) { sqlite3_bind_int64(handle, index, value) }
  func bind(_ index: Int32, _ value: Int) { sqlite3_bind_int64(handle, index, Int64(value)) }
  func bind(_ index: Int32, _ value: UInt64) { sqlite3_bind_int64(handle, index, Int64(bitPattern: value)) }

  func bind(_ index: Int32, _ value: Int64?) {
    if let value { bind(index, value) } else { sqlite3_bind_null(handle, index) }
  }

  func bind(_ index: Int32, _ value: String) {
    var value = value
    value.withUTF8 { bytes in
      let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
      // An empty buffer may have no address, which SQLite would read as NULL.
      guard let base = bytes.baseAddress else {
        sqlite3_bind_text(handle, index, "", 0, transient)
        return
      }
      base.withMemoryRebound(to: CChar.self, capacity: bytes.count) { text in
        _ = sqlite3_bind_text(handle, index, text, Int32(bytes.count), transient)
      }
    }
  }

  func bind(_ index: Int32, _ value: String?) {
    if let value { bind(index, value) } else { sqlite3_bind_null(handle, index) }
  }

  /// Copies the bytes.
  func bind(_ index: Int32, _ value: [UInt8]?) {
    guard let value else {
      sqlite3_bind_null(handle, index)
      return
    }
    value.withUnsafeBytes { bytes in
      if bytes.isEmpty {
        _ = sqlite3_bind_zeroblob(handle, index, 0)
      } else {
        _ = sqlite3_bind_blob64(
          handle, index, bytes.baseAddress, UInt64(bytes.count), unsafeBitCast(-1, to: sqlite3_destructor_type.self))
      }
    }
  }

  /// Whether there is a row. A failure resets the statement.
  func step() throws -> Bool {
    let code = sqlite3_step(handle)
    switch code {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default:
      let error = SQLError(connection, code: code)
      sqlite3_reset(handle)
      throw error
    }
  }

  /// Binds texts to parameters that follow each other, for as long as `body` runs: SQLite reads them where they lie.
  func lending<Result>(_ texts: [String], from index: Int32, _ body: () throws -> Result) rethrows -> Result {
    try lending(texts[...], from: index, body)
  }

  private func lending<Result>(_ texts: ArraySlice<String>, from index: Int32, _ body: () throws -> Result) rethrows -> Result {
    guard var text = texts.first else { return try body() }
    return try text.withUTF8 { bytes in
      if let base = bytes.baseAddress {
        base.withMemoryRebound(to: CChar.self, capacity: bytes.count) { _ = sqlite3_bind_text(handle, index, $0, Int32(bytes.count), nil) }
      } else {
        sqlite3_bind_text(handle, index, "", 0, unsafeBitCast(-1, to: sqlite3_destructor_type.self))
      }
      defer { sqlite3_bind_null(handle, index) }
      return try lending(texts.dropFirst(), from: index + 1, body)
    }
  }

  /// Runs to the end with a large parameter that SQLite reads where it lies.
  func run(_ index: Int32, uncopied value: [UInt8]) throws {
    try value.withUnsafeBytes { bytes in
      sqlite3_bind_blob64(handle, index, bytes.baseAddress, UInt64(bytes.count), nil)
      defer { sqlite3_bind_null(handle, index) }
      try run()
    }
  }

  /// Runs to the end and is ready for the next use.
  func run() throws {
    while try step() {}
    sqlite3_reset(handle)
  }

  /// Rows that the connection's last statement changed.
  var changes: Int64 { sqlite3_changes64(connection) }

  func reset() { sqlite3_reset(handle) }

  func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }
  func int(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }
  func optionalInt(_ column: Int32) -> Int64? { isNull(column) ? nil : int(column) }

  func text(_ column: Int32) -> String {
    guard let bytes = sqlite3_column_text(handle, column) else { return "" }
    return String(decoding: UnsafeBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(handle, column))), as: UTF8.self)
  }

  func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

  func blob(_ column: Int32) -> [UInt8]? {
    guard !isNull(column) else { return nil }
    guard let bytes = sqlite3_column_blob(handle, column) else { return [] }
    return [UInt8](UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(handle, column))))
  }
}
