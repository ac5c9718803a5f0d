/// Where a listener listens.
public enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
  /// A host name or address, and a port; 0 lets the system choose.
  case tcp(host: String, port: Int)
  /// A unix socket at this path.
  case unix(path: String)
  /// A socket that already listens, as given by socket activation. The listener owns it from now on.
  case descriptor(Int32)

  /// `host:port`, `[v6]:port` or `unix:/path`; a descriptor is `fd:N`.
  public var description: String {
    switch self {
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): "unix:\(path)"
    case .descriptor(let descriptor): "fd:\(descriptor)"
    }
  }
}
