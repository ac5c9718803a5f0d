import Glibc

/// Makes files and folders that did not exist; never touches one that did.
enum NewFile {
  /// Writes a new file; EEXIST is an error.
  static func write(_ path: String, mode: mode_t, _ bytes: [UInt8]) throws(SecretMakerError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    // Whatever the umask took away or the folder's ACL added.
    guard fchmod(descriptor, mode) == 0 else { throw failure(path) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure(path) }
      rest = rest.dropFirst(count)
    }
    guard fsync(descriptor) == 0 else { throw failure(path) }
  }

  /// Makes a folder and those above it; whether it was made. One that exists keeps its mode.
  static func makeFolder(_ path: String, mode: mode_t) throws(SecretMakerError) -> Bool {
    if mkdir(path, mode) == 0 { return true }
    switch errno {
    case EEXIST:
      guard let file = try? FileReader(path), file.isFolder else { throw SecretMakerError(message: "\(printable(path)) is not a folder") }
      return false
    case ENOENT where Paths.folder(of: path) != path && Paths.folder(of: path) != ".":
      _ = try makeFolder(Paths.folder(of: path), mode: 0o755)
      guard mkdir(path, mode) == 0 else { throw failure(path) }
      return true
    default: throw failure(path)
    }
  }

  private static func failure(_ path: String) -> SecretMakerError {
    SecretMakerError(message: "\(printable(path)): \(FileError(number: errno))")
  }
}
