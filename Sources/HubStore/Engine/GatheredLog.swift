internal import GRDBSQLite

/// A write-ahead log that gives the kernel what SQLite writes piece by piece, each page with a header of its own, in one call for many.
///
/// Nobody can tell: what was gathered is written with the last page of a commit, and before the file is synced, read, measured or cut, so
/// that it is all there before SQLite says of the commit that it is, and a sync covers what it covered. Lies in the memory that SQLite
/// allots to an open file, the real file behind it.
struct GatheredLog {
  private var base: sqlite3_file
  private let real: UnsafeMutablePointer<sqlite3_file>
  private var buffer: UnsafeMutableRawPointer?
  /// Where the gathered bytes go; after them, where the last written ones ended.
  private var start: sqlite3_int64 = 0
  private var count = 0
  /// Whether a header was written last, so that its page comes next.
  private var expectsPage = false
  /// Whether the last header's page ends a commit.
  private var endsCommit = false

  /// Less than the 128 KiB that SQLite's file layer takes at a time.
  private static let capacity = 124 << 10
  /// "Write-Ahead Log File Format" of sqlite.org: a page follows its header, whose second word is not 0 where a commit ends.
  private static let headerSize = 24

  /// The room in front of the real file.
  static var size: Int { (MemoryLayout<Self>.size + 15) & ~15 }

  /// Opens the real file behind `file` and puts this in front of it.
  static func open(
    _ vfs: UnsafeMutablePointer<sqlite3_vfs>, _ path: UnsafePointer<CChar>?, _ file: UnsafeMutablePointer<sqlite3_file>, _ flags: Int32,
    _ out: UnsafeMutablePointer<Int32>?
  ) -> Int32 {
    let place = UnsafeMutableRawPointer(file)
    let real = (place + size).assumingMemoryBound(to: sqlite3_file.self)
    let code = vfs.pointee.xOpen(vfs, path, real, flags, out)
    var base = sqlite3_file()
    // SQLite closes what has methods, also after a failure.
    if real.pointee.pMethods != nil { base.pMethods = UnsafePointer(methods) }
    place.initializeMemory(as: Self.self, to: Self(base: base, real: real))
    return code
  }

  private init(base: sqlite3_file, real: UnsafeMutablePointer<sqlite3_file>) {
    self.base = base
    self.real = real
  }

  private var realMethods: sqlite3_io_methods? { real.pointee.pMethods?.pointee }

  private mutating func write(_ data: UnsafeRawPointer, _ length: Int, at offset: sqlite3_int64) -> Int32 {
    let isHeader = length == Self.headerSize
    let isPiece = isHeader || expectsPage
    expectsPage = isHeader
    if isHeader { endsCommit = (4..<8).contains { data.load(fromByteOffset: $0, as: UInt8.self) != 0 } }
    if !isPiece || offset != start + sqlite3_int64(count) || count + length > Self.capacity {
      let code = flush()
      guard code == SQLITE_OK else { return code }
    }
    // Something else, or elsewhere: the log begins anew, a header is written once more.
    guard isPiece, offset == start + sqlite3_int64(count), length <= Self.capacity else {
      start = offset + sqlite3_int64(length)
      return realMethods?.xWrite(real, data, Int32(length), offset) ?? SQLITE_IOERR
    }
    let buffer = self.buffer ?? UnsafeMutableRawPointer.allocate(byteCount: Self.capacity, alignment: 16)
    self.buffer = buffer
    (buffer + count).copyMemory(from: data, byteCount: length)
    count += length
    return endsCommit && !isHeader ? flush() : SQLITE_OK
  }

  private mutating func flush() -> Int32 {
    guard count > 0 else { return SQLITE_OK }
    let code = realMethods?.xWrite(real, buffer, Int32(count), start) ?? SQLITE_IOERR
    start += sqlite3_int64(count)
    count = 0
    return code
  }

  private mutating func close() -> Int32 {
    _ = flush()
    buffer?.deallocate()
    buffer = nil
    return realMethods?.xClose(real) ?? SQLITE_OK
  }

  /// Does something with the real file once it holds everything.
  private static func settled(
    _ file: UnsafeMutablePointer<sqlite3_file>?, _ body: (sqlite3_io_methods, UnsafeMutablePointer<sqlite3_file>) -> Int32
  ) -> Int32 {
    with(file) { log in
      let code = log.flush()
      guard code == SQLITE_OK, let methods = log.realMethods else { return code == SQLITE_OK ? SQLITE_IOERR : code }
      return body(methods, log.real)
    }
  }

  private static func with(_ file: UnsafeMutablePointer<sqlite3_file>?, _ body: (inout GatheredLog) -> Int32) -> Int32 {
    guard let file else { return SQLITE_IOERR }
    return body(&UnsafeMutableRawPointer(file).assumingMemoryBound(to: GatheredLog.self).pointee)
  }

  // Written once, before its address is known to anybody, and never again.
  private nonisolated(unsafe) static let methods: UnsafeMutablePointer<sqlite3_io_methods> = {
    // Version 1: a log has no shared memory and is never mapped.
    let table = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
    table.initialize(to: sqlite3_io_methods())
    table.pointee.iVersion = 1
    table.pointee.xClose = { GatheredLog.with($0) { $0.close() } }
    table.pointee.xRead = { file, data, length, offset in GatheredLog.settled(file) { $0.xRead($1, data, length, offset) } }
    table.pointee.xWrite = { file, data, length, offset in
      GatheredLog.with(file) { log in data.map { log.write($0, Int(length), at: offset) } ?? SQLITE_IOERR }
    }
    table.pointee.xTruncate = { file, size in GatheredLog.settled(file) { $0.xTruncate($1, size) } }
    table.pointee.xSync = { file, flags in GatheredLog.settled(file) { $0.xSync($1, flags) } }
    table.pointee.xFileSize = { file, size in GatheredLog.settled(file) { $0.xFileSize($1, size) } }
    table.pointee.xLock = { file, level in GatheredLog.settled(file) { $0.xLock($1, level) } }
    table.pointee.xUnlock = { file, level in GatheredLog.settled(file) { $0.xUnlock($1, level) } }
    table.pointee.xCheckReservedLock = { file, out in GatheredLog.settled(file) { $0.xCheckReservedLock($1, out) } }
    table.pointee.xFileControl = { file, operation, argument in GatheredLog.settled(file) { $0.xFileControl($1, operation, argument) } }
    table.pointee.xSectorSize = { file in GatheredLog.with(file) { log in log.realMethods?.xSectorSize(log.real) ?? 0 } }
    table.pointee.xDeviceCharacteristics = { file in
      GatheredLog.with(file) { log in log.realMethods?.xDeviceCharacteristics(log.real) ?? 0 }
    }
    return table
  }()
}
