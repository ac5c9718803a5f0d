internal import Glibc

/// The admin socket in a data folder. It is answered by the hub that owns the folder and by nobody else, and only who may enter the
/// folder can reach it: that the right hub is asked by the right user needs no further proof.
public final class AdminSocket: Sendable {
  /// Where it is.
  public let path: String
  /// The same as a path that fits a socket address (unix(7): 108 bytes with the final zero), for this process only.
  public let reachablePath: String

  private let nursery: String
  private let folder: Int32?

  /// The socket of a data folder.
  public init(folder path: String) {
    self.path = path + "/admin.sock"
    let nursery = path + "/.admin"
    let isShort = nursery.utf8.count + 2 < 108 && self.path.utf8.count < 108
    let descriptor = isShort ? -1 : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    folder = descriptor < 0 ? nil : descriptor
    let base = descriptor < 0 ? path : "/proc/self/fd/\(descriptor)"
    reachablePath = base + "/admin.sock"
    self.nursery = base + "/.admin"
  }

  deinit { if let folder { close(folder) } }

  /// Whether a hub answers.
  public var isAnswered: Bool { UnixProbe.isAnswered(reachablePath) }

  /// Where to bind: in a fresh folder that nobody else can enter, so that the socket is never open to others, whatever the umask and
  /// the mode of the data folder. To be called by the owner of the data folder only.
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
