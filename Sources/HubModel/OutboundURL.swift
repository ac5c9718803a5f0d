/// An absolute URL of a request to outside, taken apart strictly, so that what is judged is what is connected to.
public struct OutboundURL: Sendable, Hashable {
  /// Whether it begins with `https`.
  public let isSecure: Bool
  /// The host in lower case: a name, or an address without brackets.
  public let host: String
  /// The port, stated or the scheme's.
  public let port: Int
  /// Path and query.
  public let target: String

  /// Nil unless it is `http` or `https` with a host, without user, fragment, spaces and control characters.
  public init?(_ text: String) {
    guard text.utf8.count <= 8192, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else { return nil }
    guard let colons = text.firstRange(of: "://") else { return nil }
    switch text[..<colons.lowerBound].lowercased() {
    case "http": isSecure = false
    case "https": isSecure = true
    default: return nil
    }
    let rest = text[colons.upperBound...]
    let authority = rest.prefix { !"/?#".contains($0) }
    let path = rest[authority.endIndex...]
    guard !path.contains("#"), let (host, port) = Self.split(authority) else { return nil }
    self.host = host
    self.port = port ?? (isSecure ? 443 : 80)
    target = path.hasPrefix("/") ? String(path) : "/" + path
  }

  /// The whole of it, in one spelling.
  public var text: String {
    "\(isSecure ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)\(target)"
  }

  private static func split(_ authority: Substring) -> (host: String, port: Int?)? {
    var host = authority
    var port: Int?
    if !host.hasSuffix("]"), let colon = host.lastIndex(of: ":") {
      guard let number = UInt16(host[host.index(after: colon)...]), number > 0 else { return nil }
      port = Int(number)
      host = host[..<colon]
    }
    if host.hasPrefix("[") {
      guard host.hasSuffix("]") else { return nil }
      let address = String(host.dropFirst().dropLast()).lowercased()
      return NetworkAddress(address)?.isVersion6 == true ? (address, port) : nil
    }
    let isName = !host.isEmpty && host.utf8.count <= 253 && host.allSatisfy { $0.isLetter || $0.isNumber || "-._".contains($0) }
    return isName ? (host.lowercased(), port) : nil
  }
}
