/// Where a listener listens.
public enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
  /// A host name or address, and a port; 0 lets the system choose.
  case tcp(host: String, port: Int)
  /// A unix socket at this path.
  case unix(path: String)
  /// A socket that already listens, as given by socket activation. The listener owns it from now on.
  case descriptor(Int32)

  /// Parses `host:port`, `[v6]:port` and `unix:/path`; nil for anything else.
  public init?(_ text: String) {
    if text.hasPrefix("unix:") {
      let path = String(text.dropFirst(5))
      guard !path.isEmpty else { return nil }
      self = .unix(path: path)
      return
    }
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = String(host.dropFirst().dropLast())
    } else if host.contains(":") {
      return nil
    }
    guard !host.isEmpty else { return nil }
    self = .tcp(host: host, port: Int(port))
  }

  /// The text that `init` parses; a descriptor is `fd:N`.
  public var description: String {
    switch self {
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): "unix:\(path)"
    case .descriptor(let descriptor): "fd:\(descriptor)"
    }
  }
}
