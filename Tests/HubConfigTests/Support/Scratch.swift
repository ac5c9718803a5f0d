import Glibc

/// A folder of its own for one test, removed at the end.
final class Scratch: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/hub-config-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw ScratchError() }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { remove(path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  func write(_ name: String, _ bytes: [UInt8], mode: mode_t = 0o600) throws {
    try makeFolder(of: name)
    guard let stream = fopen(file(name), "w") else { throw ScratchError() }
    let written = fwrite(bytes, 1, bytes.count, stream)
    fclose(stream)
    guard written == bytes.count, chmod(file(name), mode) == 0 else { throw ScratchError() }
  }

  func write(_ name: String, _ text: String, mode: mode_t = 0o600) throws { try write(name, Array(text.utf8), mode: mode) }

  static func read(_ path: String) throws -> [UInt8] {
    guard let stream = fopen(path, "r") else { throw ScratchError() }
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = fread(&chunk, 1, chunk.count, stream)
      guard count > 0 else { return bytes }
      bytes += chunk[..<count]
    }
  }

  static func text(_ path: String) throws -> String { String(decoding: try read(path), as: UTF8.self) }

  static func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  static func isFolder(_ path: String) -> Bool { mode(path) & S_IFMT == S_IFDIR }

  static func mode(_ path: String) -> mode_t {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode : 0
  }

  private func makeFolder(of name: String) throws {
    var path = self.path
    for part in name.split(separator: "/").dropLast() {
      path += "/\(part)"
      guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw ScratchError() }
    }
  }

  private func remove(_ path: String) {
    for name in Self.isFolder(path) ? Self.names(in: path) : [] { remove("\(path)/\(name)") }
    _ = Self.isFolder(path) ? rmdir(path) : unlink(path)
  }
}

struct ScratchError: Error {
  let number = errno
}
