// The members of `stat` belong to whichever of these two modules the compiler met first.
internal import CoreFoundation
internal import Glibc

/// What the checks need to know of a file or folder.
struct FileStatus {
  let owner: UInt32
  /// Permission bits with the sticky bit: the low 12 bits of the mode.
  let permissions: UInt32
  let isRegular: Bool
  let size: UInt64

  var isSticky: Bool { permissions & 0o1000 != 0 }
  var othersMayWrite: Bool { permissions & 0o022 != 0 }

  /// Of what a path leads to; nil with `errno` when that is not there.
  init?(path: String) {
    var raw = stat()
    guard stat(path, &raw) == 0 else { return nil }
    self.init(raw)
  }

  /// Of an open file.
  init?(descriptor: Int32) {
    var raw = stat()
    guard fstat(descriptor, &raw) == 0 else { return nil }
    self.init(raw)
  }

  /// Whether there is an entry of this name, a link that leads nowhere included.
  static func exists(_ path: String) -> Bool {
    var raw = stat()
    return lstat(path, &raw) == 0
  }

  private init(_ raw: stat) {
    owner = raw.st_uid
    permissions = raw.st_mode & 0o7777
    isRegular = raw.st_mode & S_IFMT == S_IFREG
    size = UInt64(max(raw.st_size, 0))
  }
}
