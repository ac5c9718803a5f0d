/// Which web origins may use the hub from a browser (RFC 6454). Requests without `Origin` are no browser's and pass.
public struct OriginRules: Sendable, Hashable {
  /// What a request's `Origin` amounts to.
  public enum Decision: Sendable, Hashable {
    /// No `Origin` header.
    case absent
    /// The page comes from the hub's own address.
    case sameOrigin
    /// A configured origin: answer `Access-Control-Allow-Origin` with it.
    case allowed(String)
    /// Any other, also `null`.
    case refused
  }

  private let exact: Set<String>
  private let any: Bool

  /// Rules for these exact origins; none means same origin only.
  ///
  /// - Parameter credentials: whether cookies or HTTP authentication are allowed across origins.
  /// - Throws: `badOrigin`, or `wildcardWithCredentials` for `*` with credentials.
  public init(_ origins: [String] = [], credentials: Bool = true) throws(AuthConfigurationError) {
    var exact: Set<String> = []
    for origin in origins where origin != "*" {
      guard let normal = Self.normal(origin) else { throw .badOrigin(origin) }
      exact.insert(normal)
    }
    any = origins.contains("*")
    if any && credentials { throw .wildcardWithCredentials }
    self.exact = exact
  }

  /// Judges a request by its `Origin` and `Host` headers. The peer's address plays no part.
  public func decide(origin: String?, host: String?) -> Decision {
    guard let origin else { return .absent }
    guard let normal = Self.normal(origin), let separator = normal.firstRange(of: "://") else { return .refused }
    if let host, Self.authority(host.lowercased(), scheme: String(normal[..<separator.lowerBound])) == normal[separator.upperBound...] {
      return .sameOrigin
    }
    return any || exact.contains(normal) ? .allowed(origin) : .refused
  }

  /// Lower case, without the scheme's default port; nil when it is not `scheme://host[:port]`.
  static func normal(_ origin: String) -> String? {
    let lowered = origin.lowercased()
    guard let separator = lowered.firstRange(of: "://") else { return nil }
    let scheme = String(lowered[..<separator.lowerBound])
    let host = String(lowered[separator.upperBound...])
    let isPlain = !host.isEmpty && host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"/?#@\\*,".utf8.contains($0) }
    guard scheme == "http" || scheme == "https", isPlain else { return nil }
    return "\(scheme)://\(authority(host, scheme: scheme))"
  }

  private static func authority(_ host: String, scheme: String) -> String {
    let port = scheme == "https" ? ":443" : ":80"
    return host.hasSuffix(port) ? String(host.dropLast(port.count)) : host
  }
}
