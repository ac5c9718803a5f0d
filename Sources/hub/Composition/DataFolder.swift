import Foundation

/// The data folder while this process owns it: one hub per folder.
final class DataFolder: Sendable {
  private let lock: Int32

  /// Makes the folder with mode 0700 if it is missing, and takes its lock; the lock ends with the process, however it ends.
  init(path: String) throws {
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw CommandFailure(.failure, "the data folder \(path) cannot be made: \(error.localizedDescription)")
    }
    lock = open("\(path)/hub.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard lock >= 0 else { throw CommandFailure(.failure, "\(path)/hub.lock cannot be opened: \(String(cString: strerror(errno)))") }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      close(lock)
      throw CommandFailure(.alreadyRunning, "another hub is running with \(path)")
    }
  }

  deinit { close(lock) }
}
