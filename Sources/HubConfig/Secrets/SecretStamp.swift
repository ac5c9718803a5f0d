import Glibc

/// Tells one state of a secret from the next without reading it.
struct SecretStamp: Sendable, Hashable {
  private let numbers: [Int64]
  /// When the file was last written, replaced or given another mode; nanoseconds of the wall clock.
  private let changedNs: Int64

  /// The state of what never changes.
  static let constant = SecretStamp(numbers: [], changedNs: .min)

  private init(numbers: [Int64], changedNs: Int64) { (self.numbers, self.changedNs) = (numbers, changedNs) }

  /// Nil when there is no file.
  init?(file path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    changedNs = Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec)
    numbers = [
      Int64(truncatingIfNeeded: status.st_dev), Int64(truncatingIfNeeded: status.st_ino), Int64(status.st_size), changedNs,
      Int64(status.st_mtim.tv_sec), Int64(status.st_mtim.tv_nsec),
    ]
  }

  /// Whether what was read at that time is what the stamp stands for: file systems count time in steps, and of two changes within one step
  /// the second shows in no stamp.
  func isSettled(at readNs: Int64) -> Bool { changedNs < readNs - 1_000_000_000 }
}
