internal import Glibc

/// Where the admin listener listens: a TCP address or a unix socket.
public enum AdminAddress: Sendable, Hashable, CustomStringConvertible {
  /// Host and port; port 0 is any free one.
  case tcp(host: String, port: Int)
  /// A unix socket at this path.
  case unix(path: String)

  /// `host:port`, `[v6]:port` or `unix:/path`; nil when it is none of them.
  public init?(_ text: String) {
    if text.hasPrefix("unix:") {
      let path = String(text.dropFirst(5))
      // sun_path holds 108 bytes with its final zero (unix(7)).
      guard !path.isEmpty, path.utf8.count < 108 else { return nil }
      self = .unix(path: path)
      return
    }
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) } else if host.contains(":") { return nil }
    guard !host.isEmpty else { return nil }
    self = .tcp(host: host, port: Int(port))
  }

  /// The text that `init` reads.
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
