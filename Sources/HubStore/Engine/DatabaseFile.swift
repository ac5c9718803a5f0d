#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#else
  private import Darwin
#endif

/// The file and its neighbours on disk, before and beside SQLite.
enum DatabaseFile {
  /// Creates folder (0700) and file (0600) where missing; a file of wider mode is narrowed. SQLite gives its neighbours the same mode.
  static func prepare(_ path: String) throws {
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    if !folder.isEmpty { try createFolder(folder) }
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("cannot open \(path)") }
    defer { close(descriptor) }
    guard fchmod(descriptor, 0o600) == 0 else { throw failure("cannot set the mode of \(path)") }
  }

  private static func createFolder(_ folder: String) throws {
    if access(folder, F_OK) == 0 { return }
    if let slash = folder.lastIndex(of: "/"), slash != folder.startIndex { try createFolder(String(folder[..<slash])) }
    guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw failure("cannot create \(folder)") }
  }

  static func failure(_ what: String) -> JournalError {
    JournalError(.storage, "\(what): \(String(cString: strerror(errno)))")
  }
}

/// Holds `<path>.lock` for as long as it lives: one process per journal.
final class FileLock: Sendable {
  private let descriptor: Int32

  init(path: String) throws {
    descriptor = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw DatabaseFile.failure("cannot open \(path).lock") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw JournalError(.alreadyOpen, "\(path) is in use by another process")
    }
  }

  deinit {
    // Closing alone would leave the lock with a child that another thread has just forked and that has not run its program yet.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}
