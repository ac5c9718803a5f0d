import Foundation
import HubHost

/// The data folder while this process owns it: one hub per folder.
final class DataFolder: Sendable {
  private let lock: Int32

  /// Makes the folder with mode 0700 if it is missing, and takes its lock; the lock ends with the process, however it ends. A folder
  /// where others may write is refused: they could put a socket of theirs in the place of the hub's.
  init(path: String) throws {
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw CommandFailure(.failure, "the data folder \(path) cannot be made: \(error.localizedDescription)")
    }
    let folder = Self.absolute(path)
    if let reason = FileTrust().refusal(ofFolder: folder) { throw CommandFailure(.failure, "the data folder \(folder) \(reason)") }
    lock = open(Self.lockFile(in: path), O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard lock >= 0 else {
      throw CommandFailure(.failure, "\(Self.lockFile(in: path)) cannot be opened: \(String(cString: strerror(errno)))")
    }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      let owner = Self.owner(in: lock).map { ", process \($0)," } ?? ""
      throw CommandFailure(
        .alreadyRunning,
        "another hub\(owner) is running with the data folder \(Self.absolute(path)): hub stop ends it; to run both, give one another data:")
    }
    let mark = Array("\(getpid())\n".utf8)
    // The lock is what counts; who holds it is told as a courtesy.
    _ = ftruncate(lock, 0)
    _ = pwrite(lock, mark, mark.count, 0)
  }

  /// As people find it from any folder.
  static func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }

  private static func lockFile(in folder: String) -> String { folder + "/hub.lock" }

  private static func owner(in lock: Int32) -> Int32? {
    var digits = [UInt8](repeating: 0, count: 16)
    let count = pread(lock, &digits, digits.count, 0)
    return count > 0 ? Int32(String(decoding: digits.prefix(count).prefix { $0 != 0x0A }, as: UTF8.self)) : nil
  }

  deinit { close(lock) }
}
