internal import CSQLiteSetup
internal import GRDBSQLite
internal import Synchronization

/// Puts `GatheredLog` in front of every write-ahead log that this process opens from now on. Every other file is SQLite's alone.
enum LogGathering {
  private static let name: StaticString = "hub-gathered-log"
  private static let lock = Mutex(())

  /// Becomes SQLite's default file layer, on top of the one that is. Once is enough, unless somebody else came on top since.
  static func install() {
    lock.withLock { _ in
      // Before SQLite hears of anything else.
      sqlite_setup_memory()
      guard let base = sqlite3_vfs_find(nil), base.pointee.xOpen.map(address) != open.map(address) else { return }
      // For as long as the process lives, as SQLite asks of what is registered.
      let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
      vfs.initialize(to: base.pointee)
      vfs.pointee.pNext = nil
      vfs.pointee.zName = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
      vfs.pointee.szOsFile = base.pointee.szOsFile + Int32(GatheredLog.size)
      vfs.pointee.pAppData = UnsafeMutableRawPointer(base)
      vfs.pointee.xOpen = open
      sqlite3_vfs_register(vfs, 1)
    }
  }

  private typealias Open =
    @convention(c) (
      UnsafeMutablePointer<sqlite3_vfs>?, UnsafePointer<CChar>?, UnsafeMutablePointer<sqlite3_file>?, Int32, UnsafeMutablePointer<Int32>?
    ) -> Int32

  private static let open: Open? = { vfs, path, file, flags, out in
    guard let base = vfs?.pointee.pAppData?.assumingMemoryBound(to: sqlite3_vfs.self), let file else { return SQLITE_CANTOPEN }
    if flags & SQLITE_OPEN_WAL != 0 { return GatheredLog.open(base, path, file, flags, out) }
    return base.pointee.xOpen(base, path, file, flags, out)
  }

  private static func address(_ function: Open) -> UInt { unsafeBitCast(function, to: UInt.self) }
}
