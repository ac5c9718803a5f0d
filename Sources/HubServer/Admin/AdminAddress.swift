internal import Glibc

/// Where the admin listener listens: a TCP address or a unix socket.
public enum AdminAddress: Sendable, Hashable, CustomStringConvertible {
  /// Host and port; port 0 is any free one.
  case tcp(host: String, port: Int)
  /// A unix socket at this path.
  case unix(path: String)

  /// `host:port`, `[v6]:port` or `unix:/path`.
  public var description: String {
    switch self {
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }

  /// Whether only this machine can reach it. Names other than localhost count as reachable from outside.
  public var isLocal: Bool {
    switch self {
    case .unix: true
    case .tcp(let host, _): Self.isLoopback(host)
    }
  }

  static func isLoopback(_ host: String) -> Bool {
    var four = in_addr()
    if inet_pton(AF_INET, host, &four) == 1 { return UInt32(bigEndian: four.s_addr) >> 24 == 127 }
    return host == "::1" || host.lowercased() == "localhost"
  }
}
