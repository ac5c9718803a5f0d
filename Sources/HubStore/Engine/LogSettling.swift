internal import GRDBSQLite

/// Writes a write-ahead log over itself and syncs it, before it is believed.
///
/// After a failed sync a kernel may call pages clean that never reached the disk. SQLite would read them back as committed, and a later
/// sync would not bring them to the disk either. Written again they are dirty again, and one sync makes all of the log durable.
enum LogSettling {
  static func settle(_ path: String) throws {
    guard let vfs = sqlite3_vfs_find(nil) else { throw JournalError(.storage, "SQLite has no file system") }
    // Two NUL more: SQLite looks behind names for URI parameters.
    let name = path.utf8CString + [0, 0]
    try name.withUnsafeBufferPointer { name in
      var exists: Int32 = 0
      _ = vfs.pointee.xAccess(vfs, name.baseAddress, SQLITE_ACCESS_EXISTS, &exists)
      if exists == 0 { return }
      let memory = UnsafeMutableRawPointer.allocate(byteCount: Int(vfs.pointee.szOsFile), alignment: 16)
      defer { memory.deallocate() }
      let file = memory.bindMemory(to: sqlite3_file.self, capacity: 1)
      var flags: Int32 = 0
      try check(vfs.pointee.xOpen(vfs, name.baseAddress, file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_WAL, &flags), "open", path)
      guard let methods = file.pointee.pMethods else { throw JournalError(.storage, "cannot open \(path)") }
      defer { _ = methods.pointee.xClose(file) }
      var size: sqlite3_int64 = 0
      try check(methods.pointee.xFileSize(file, &size), "measure", path)
      // SQLite's file layer takes less than 128 KiB at a time.
      var buffer = [UInt8](repeating: 0, count: 64 << 10)
      var offset: sqlite3_int64 = 0
      while offset < size {
        let count = Int32(min(size - offset, sqlite3_int64(buffer.count)))
        try check(methods.pointee.xRead(file, &buffer, count, offset), "read", path)
        try check(methods.pointee.xWrite(file, &buffer, count, offset), "write", path)
        offset += sqlite3_int64(count)
      }
      if size > 0 { try check(methods.pointee.xSync(file, SQLITE_SYNC_FULL), "sync", path) }
    }
  }

  private static func check(_ code: Int32, _ what: String, _ path: String) throws {
    guard code == SQLITE_OK else { throw JournalError(.storage, "cannot \(what) \(path): \(String(cString: sqlite3_errstr(code)))") }
  }
}
