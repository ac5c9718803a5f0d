import HubConfig

/// How this machine reaches the hub that runs with a configuration.
enum PublicURL {
  static func base(of configuration: HubConfiguration) throws -> String {
    guard case .tcp(let host, let port) = configuration.server.listen else {
      throw CommandFailure(.usage, "server.listen is \(configuration.server.listen); name the hub with --url")
    }
    return "\(configuration.server.tls == nil ? "http" : "https")://\(reachable(host)):\(port)"
  }

  /// An address to bind is not always one to connect to.
  private static func reachable(_ host: String) -> String {
    switch host {
    case "0.0.0.0": "127.0.0.1"
    case "::": "[::1]"
    default: host.contains(":") ? "[\(host)]" : host
    }
  }
}
