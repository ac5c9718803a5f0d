/// Where the page comes from whose script asks (RFC 6454).
public enum PageOrigin {
  /// Whether it comes from elsewhere than the address that is asked, judged by `Origin` and `Host`; `null` does. Requests without `Origin`
  /// are no browser's. The peer's address plays no part.
  public static func isForeign(_ origin: String?, host: String?) -> Bool {
    guard let origin else { return false }
    guard let host, let normal = normal(origin), let separator = normal.firstRange(of: "://") else { return true }
    return authority(host.lowercased(), scheme: String(normal[..<separator.lowerBound])) != normal[separator.upperBound...]
  }

  /// Lower case, without the scheme's default port; nil when it is not `scheme://host[:port]`.
  private static func normal(_ origin: String) -> String? {
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
