/// Where a server is: scheme, host and port, taken from `ws`, `wss`, `http` and `https` addresses.
public struct UpstreamURL: Sendable, Hashable {
  /// Whether TLS is used.
  public var isSecure: Bool
  /// Host name or address, without brackets.
  public var host: String
  /// The port; 80 or 443 when none was written.
  public var port: Int

  /// Parses an address; a path other than `/`, user information, a query and a fragment are not allowed.
  public init?(_ text: String) {
    guard let mark = text.firstRange(of: "://") else { return nil }
    switch text[..<mark.lowerBound].lowercased() {
    case "ws", "http": isSecure = false
    case "wss", "https": isSecure = true
    default: return nil
    }
    var rest = text[mark.upperBound...]
    if rest.hasSuffix("/") { rest.removeLast() }
    port = isSecure ? 443 : 80
    if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
      host = String(rest[rest.index(after: rest.startIndex)..<end])
      rest = rest[rest.index(after: end)...]
      guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
    } else {
      let end = rest.firstIndex(of: ":") ?? rest.endIndex
      host = String(rest[..<end])
      rest = rest[end...]
    }
    if !rest.isEmpty {
      guard let given = UInt16(rest.dropFirst()), given > 0 else { return nil }
      port = Int(given)
    }
    guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"/?#@\\[]".utf8.contains($0) }) else { return nil }
  }

  /// Host and port, for a person.
  public var address: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }

  /// What the `Host` field says.
  var authority: String {
    let name = host.contains(":") ? "[\(host)]" : host
    return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
  }
}
