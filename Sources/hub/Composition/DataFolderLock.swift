import Glibc

/// Somebody else's lock on a data folder, to wait for its end: the kernel releases it with the process, however that ends.
final class DataFolderLock {
  private let descriptor: Int32

  /// Nil when there is none to be seen.
  init?(folder: String) {
    descriptor = open(Self.file(in: folder), O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
  }

  deinit { close(descriptor) }

  static func file(in folder: String) -> String { folder + "/hub.lock" }

  /// Blocks until the hub has ended.
  func awaitRelease() {
    while flock(descriptor, LOCK_SH) != 0, errno == EINTR {}
  }
}
