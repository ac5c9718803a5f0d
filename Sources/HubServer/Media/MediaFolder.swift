internal import Glibc

/// Files of media on disk.
enum MediaFolder {
  /// Why a file could not be written or read.
  struct Failure: Error, Sendable, Hashable {
    let code: Int32

    init(_ code: Int32) { self.code = code }

    /// A tenant has all the room that one may have; no code of the system's.
    static let tenantRoom = Failure(-1)
    /// Too many arrive at once, of the tenant or of all; no code of the system's.
    static let crowded = Failure(-2)
  }

  /// Makes a folder and those above it, mode 0700.
  static func make(_ path: String) throws(Failure) {
    if access(path, F_OK) == 0 { return }
    if let slash = path.lastIndex(of: "/"), slash != path.startIndex { try make(String(path[..<slash])) }
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw Failure(errno) }
    try syncNames(beside: path)
  }

  /// Makes the names in a file's folder durable: without it a crash can take a file away that was synced under its name.
  static func syncNames(beside path: String) throws(Failure) {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Failure(errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw Failure(errno) }
  }

  static func names(_ path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// A small file.
  static func read(_ path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 16 << 10)
    let count = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
    return count < 0 ? nil : Array(bytes.prefix(count))
  }

  /// A small file, there as a whole or not at all, and durable with every name that its folder had before.
  static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
    do throws(Failure) {
      try writePart(bytes, of: path)
      guard rename("\(path).part", path) == 0 else { throw Failure(errno) }
      try syncNames(beside: path)
    } catch {
      unlink("\(path).part")
      throw error
    }
  }

  private static func writePart(_ bytes: [UInt8], of path: String) throws(Failure) {
    let descriptor = open("\(path).part", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Failure(errno) }
    defer { close(descriptor) }
    if let failure = bytes.withUnsafeBytes({ write(all: $0, to: descriptor) }) { throw failure }
    guard fsync(descriptor) == 0 else { throw Failure(errno) }
  }

  static func write(all bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Failure? {
    var done = 0
    while done < bytes.count {
      let step = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
      if step < 0, errno == EINTR { continue }
      guard step > 0 else { return Failure(errno) }
      done += step
    }
    return nil
  }

  /// The size of a file.
  static func size(_ path: String) -> Int? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    let end = lseek(descriptor, 0, SEEK_END)
    return end < 0 ? nil : Int(end)
  }
}
