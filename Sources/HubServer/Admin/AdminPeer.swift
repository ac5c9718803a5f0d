internal import CPidfd
internal import Glibc

/// The process that listens on an admin socket, to wait for its end: the kernel tells it, however it comes, and whoever is started in
/// its place is another process.
public final class AdminPeer: Sendable {
  private let descriptor: Int32

  /// Nil when nobody answers, or the process is not to be seen from here: it runs in another container, or the system has no pidfd_open(2).
  init?(listeningAt path: String) {
    guard let socket = UnixProbe.connection(to: path) else { return nil }
    defer { close(socket) }
    // struct ucred of unix(7): process, user, group. The process is 0 when it has no number here.
    var credentials: (pid: Int32, uid: UInt32, gid: UInt32) = (0, 0, 0)
    var size = socklen_t(MemoryLayout.size(ofValue: credentials))
    guard getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0, credentials.pid > 0 else { return nil }
    descriptor = CPidfd_open(credentials.pid)
    guard descriptor >= 0 else { return nil }
  }

  deinit { close(descriptor) }

  /// Blocks until the process has ended and let go of all it held.
  public func awaitEnd() {
    var event = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    while poll(&event, 1, -1) < 0, errno == EINTR {}
  }
}
