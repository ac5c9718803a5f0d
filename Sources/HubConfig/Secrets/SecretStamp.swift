import Glibc

/// Where a secret lies, as far as its changes go.
enum SecretPlace: Sendable, Hashable {
  /// In what the process was started with, which never changes.
  case process
  /// In the file of this path.
  case file(String)
  /// Where nothing can be.
  case nowhere

  /// The state that the secret is in; nil when it is not there.
  var stamp: SecretStamp? {
    switch self {
    case .process: .constant
    case .file(let path): SecretStamp(file: path)
    case .nowhere: nil
    }
  }
}

/// Tells one state of a secret from the next without reading it.
struct SecretStamp: Sendable, Hashable {
  private var device: UInt64 = 0
  private var inode: UInt64 = 0
  private var size: Int64 = 0
  private var writtenNs: Int64 = 0
  /// When the file was last written, replaced or given another mode; nanoseconds of the wall clock.
  private var changedNs = Int64.min

  /// The state of what never changes.
  static let constant = SecretStamp()

  private init() {}

  /// Nil when there is no file.
  init?(file path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    device = UInt64(truncatingIfNeeded: status.st_dev)
    inode = UInt64(truncatingIfNeeded: status.st_ino)
    size = Int64(status.st_size)
    writtenNs = Self.nanoseconds(status.st_mtim)
    changedNs = Self.nanoseconds(status.st_ctim)
  }

  private static func nanoseconds(_ time: timespec) -> Int64 { Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec) }

  /// Whether what was read at that time is what the stamp stands for: file systems count time in steps, and of two changes within one step
  /// the second shows in no stamp.
  func isSettled(at readNs: Int64) -> Bool { changedNs < readNs - 1_000_000_000 }
}
