import Glibc
import NIOCore

/// The file of a unix socket that is about to be bound.
enum UnixSocketFile {
  /// Whether there is a socket file that nobody listens on any more. A file of another kind is nobody's to remove, and a socket
  /// that answers belongs to a running process: both throw as an address in use.
  static func isStale(_ path: String) throws -> Bool {
    var status = stat()
    guard lstat(path, &status) == 0 else { return false }
    guard status.st_mode & S_IFMT == S_IFSOCK, try !answers(path) else {
      throw IOError(errnoCode: EADDRINUSE, reason: "bind(\(path))")
    }
    return true
  }

  private static func answers(_ path: String) throws -> Bool {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
    defer { close(descriptor) }
    return try SocketAddress(unixDomainSocketPath: path).withSockAddr { connect(descriptor, $0, socklen_t($1)) } == 0
  }
}
