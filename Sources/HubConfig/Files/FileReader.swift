import Glibc

/// What the system answered, in words.
struct FileError: Error, CustomStringConvertible {
  let number: Int32

  var isMissing: Bool { number == ENOENT || number == ENOTDIR }
  /// Nothing is wrong with the file: the process or the system has no descriptor or memory left for it.
  var isExhaustion: Bool { number == EMFILE || number == ENFILE || number == ENOMEM }
  var description: String { String(cString: strerror(number)).lowercased() }
}

/// One open file: what is checked and what is read are the same file.
struct FileReader: ~Copyable {
  private let descriptor: Int32
  private let status: stat

  init(_ path: String) throws(FileError) {
    // Non-blocking, or a pipe without a writer would hold the open call for ever.
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { throw FileError(number: errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let number = errno
      close(descriptor)
      throw FileError(number: number)
    }
    self.status = status
  }

  deinit { close(descriptor) }

  var isRegular: Bool { status.st_mode & S_IFMT == S_IFREG }
  var isFolder: Bool { status.st_mode & S_IFMT == S_IFDIR }
  var mode: UInt32 { status.st_mode }
  var size: Int { Int(status.st_size) }
  /// The same for two paths that lead to one file.
  var identity: [UInt64] { [UInt64(status.st_dev), UInt64(status.st_ino)] }

  /// The content; EFBIG when it is larger than the limit, which is known before anything is read.
  func read(limit: Int) throws(FileError) -> [UInt8] {
    guard size <= limit else { throw FileError(number: EFBIG) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count == 0 { return bytes }
      guard count > 0 else {
        if errno == EINTR { continue }
        throw FileError(number: errno)
      }
      bytes += chunk[..<count]
      guard bytes.count <= limit else { throw FileError(number: EFBIG) }
    }
  }
}
