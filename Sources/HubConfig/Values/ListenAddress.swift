import Glibc

/// Where a listener listens.
public enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
  /// `host:port`, `[v6]:port`; port 0 takes a free one.
  case tcp(host: String, port: Int)
  /// `unix:/path`; the path is as written, relative ones are relative to the folder of hub.yaml.
  case unix(path: String)
  /// `systemd`: the socket that systemd hands over.
  case systemd

  /// Why a text is no address.
  struct Mistake: Error, Equatable {
    let message: String
    var hint: String?
  }

  /// The address that a text states.
  static func parse(_ text: String) throws(Mistake) -> ListenAddress {
    if text == "systemd" { return .systemd }
    if text.hasPrefix("unix:") {
      let path = String(text.dropFirst(5))
      guard !path.isEmpty else { throw Mistake(message: "the path of the socket is missing", hint: "unix:/run/hub.sock") }
      // sun_path holds 108 bytes with the final NUL.
      guard path.utf8.count < 108 else { throw Mistake(message: "the path of a unix socket has at most 107 bytes") }
      return .unix(path: path)
    }
    guard let colon = text.lastIndex(of: ":") else {
      throw Mistake(message: "\(quoted(text)) has no port", hint: Int(text) == nil ? "write \(text):3333" : "write 127.0.0.1:\(text)")
    }
    var host = String(text[..<colon])
    guard let port = UInt16(text[text.index(after: colon)...]) else {
      throw Mistake(message: "\(quoted(String(text[text.index(after: colon)...]))) is not a port from 0 to 65535")
    }
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = String(host.dropFirst().dropLast())
      guard IPRange(host)?.isVersion6 == true else { throw Mistake(message: "\(quoted(host)) is not an IPv6 address") }
    } else if host.contains(":") {
      throw Mistake(message: "an IPv6 address stands in brackets", hint: "write [\(host)]:\(port)")
    }
    guard !host.isEmpty, host != "*" else {
      throw Mistake(message: "the host is missing", hint: "127.0.0.1:\(port) for this machine only, 0.0.0.0:\(port) for every interface")
    }
    guard host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }) else {
      throw Mistake(message: "\(quoted(host)) is not a host name")
    }
    return .tcp(host: host, port: Int(port))
  }

  /// Whether only this machine can reach it. What systemd hands over cannot be known here, so it counts as reachable.
  public var isLocal: Bool {
    switch self {
    case .unix: true
    case .systemd: false
    case .tcp(let host, _): host == "localhost" || IPRange(host)?.isLoopback == true
    }
  }

  /// The text it is written as.
  public var description: String {
    switch self {
    case .systemd: "systemd"
    case .unix(let path): "unix:\(path)"
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
  }
}
