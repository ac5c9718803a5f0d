internal import Glibc

/// The admin socket in a data folder. It is answered by the hub that owns the folder and by nobody else, and only who may enter the
/// folder can reach it: that the right hub is asked by the right user needs no further proof. Also one that the operator placed, as
/// long as no token guards it.
public final class AdminSocket: Sendable {
  /// Where it is.
  public let path: String
  /// The same as a path that fits a socket address (unix(7): 108 bytes with the final zero), for this process only.
  public let reachablePath: String

  private let nursery: String
  private let folder: Int32?

  /// The socket of a data folder.
  public convenience init(folder path: String) {
    self.init(path: path + "/admin.sock", folder: path, name: "admin.sock", nursery: ".admin")
  }

  /// A socket anywhere. Others may have theirs in the same folder.
  convenience init(path: String) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    let folder = parts.count > 1 ? parts.dropLast().joined(separator: "/") : "."
    self.init(path: path, folder: folder, name: String(parts.last ?? ""), nursery: ".admin-\(getpid())")
  }

  private init(path: String, folder: String, name: String, nursery: String) {
    self.path = path
    let isShort = folder.utf8.count + nursery.utf8.count + 3 < 108 && path.utf8.count < 108
    let descriptor = isShort ? -1 : open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    self.folder = descriptor < 0 ? nil : descriptor
    let base = descriptor < 0 ? folder : "/proc/self/fd/\(descriptor)"
    reachablePath = base + "/" + name
    self.nursery = base + "/" + nursery
  }

  deinit { if let folder { close(folder) } }

  /// Whether a hub answers.
  public var isAnswered: Bool { UnixProbe.isAnswered(reachablePath) }

  /// The hub that answers now; nil when there is none, or none to be seen.
  public var peer: AdminPeer? { AdminPeer(listeningAt: reachablePath) }

  /// Whether something that is no socket stands in its place: open(2) of a socket fails with ENXIO.
  var isBlocked: Bool {
    let descriptor = open(reachablePath, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { return errno != ENOENT && errno != ENXIO }
    close(descriptor)
    return true
  }

  /// Where to bind: in a fresh folder that nobody else can enter, so that the socket is never open to others, whatever the umask and
  /// the mode of the folder. In a data folder to be called by its owner only.
  func makeNursery() throws(AdminSocketError) -> String {
    clearNursery()
    guard mkdir(nursery, 0o700) == 0 else { throw AdminSocketError(path: path, number: errno) }
    return nursery + "/s"
  }

  /// Puts the bound socket in its place. What a killed hub left there goes.
  func publish() throws(AdminSocketError) {
    guard chmod(nursery + "/s", 0o600) == 0, rename(nursery + "/s", reachablePath) == 0 else {
      throw AdminSocketError(path: path, number: errno)
    }
    clearNursery()
  }

  /// Takes the socket's file away.
  func remove() {
    unlink(reachablePath)
    clearNursery()
  }

  private func clearNursery() {
    unlink(nursery + "/s")
    rmdir(nursery)
  }
}

/// The admin socket cannot be made.
struct AdminSocketError: Error, CustomStringConvertible {
  let path: String
  let number: Int32

  var description: String { "\(path) cannot be made: \(String(cString: strerror(number)).lowercased())" }
}
