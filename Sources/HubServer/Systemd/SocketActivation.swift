internal import Glibc

/// A listening socket that the service manager opened before the hub started (systemd.socket(5)).
public struct ActivatedSocket: Sendable, Hashable {
  /// The open descriptor.
  public let descriptor: Int32
  /// `FileDescriptorName=` of its unit; `unknown` when there is none.
  public let name: String

  /// The sockets the manager passed to this process, by `LISTEN_PID`, `LISTEN_FDS` and `LISTEN_FDNAMES`; empty when there are none.
  ///
  /// Source: sd_listen_fds_with_names(3). Descriptors begin at 3; variables meant for another process are ignored.
  ///
  /// - Parameter processID: the process that is meant; nil is this one.
  public static func inherited(environment: [String: String], processID: Int32? = nil) -> [ActivatedSocket] {
    guard environment["LISTEN_PID"] == String(processID ?? getpid()), let count = environment["LISTEN_FDS"].flatMap(Int32.init) else {
      return []
    }
    guard (1...1024).contains(count) else { return [] }
    let names = environment["LISTEN_FDNAMES"]?.split(separator: ":", omittingEmptySubsequences: false).map(String.init) ?? []
    return (0..<count).map { index in
      ActivatedSocket(descriptor: 3 + index, name: Int(index) < names.count ? names[Int(index)] : "unknown")
    }
  }

  /// Keeps the descriptor from processes the hub starts.
  public func closeOnExec() { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
}
