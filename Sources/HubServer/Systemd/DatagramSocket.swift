internal import Glibc

/// A unix socket address of systemd's spelling: a path, or `@` and an abstract name (unix(7)).
struct UnixAddress {
  private let bytes: [UInt8]

  /// Nil when the text is neither, or longer than the system takes.
  init?(_ text: String) {
    var name = Array(text.utf8)
    guard name.count > 1, name.count < 108, let first = name.first, !name.contains(0) else { return nil }
    switch first {
    case UInt8(ascii: "/"): name.append(0)
    case UInt8(ascii: "@"): name[0] = 0
    default: return nil
    }
    bytes = name
  }

  func withSocketAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    // The length counts for abstract names: trailing zeros would be part of the name.
    let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
  }
}

enum UnixProbe {
  /// Whether a process listens on a stream socket at a path; a file left behind by a dead one doesn't answer.
  static func isAnswered(_ path: String) -> Bool {
    guard let descriptor = connection(to: path) else { return false }
    close(descriptor)
    return true
  }

  /// A connection to who listens there, for the caller to close.
  static func connection(to path: String) -> Int32? {
    guard let address = UnixAddress(path) else { return nil }
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    guard address.withSocketAddress({ connect(descriptor, $0, $1) }) == 0 else {
      close(descriptor)
      return nil
    }
    return descriptor
  }
}
