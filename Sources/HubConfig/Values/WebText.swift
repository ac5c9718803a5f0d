/// Checks of texts that the web defines: each gives the mistake in words, or nil when there is none.
enum WebText {
  /// An origin as browsers send it: scheme, host, port if not the default; no path (RFC 6454 section 7).
  static func mistake(inOrigin text: String) -> String? {
    if text == "*" { return nil }
    if text == "null" { return "the origin null stands for files and sandboxed pages of anyone" }
    guard let (scheme, rest) = split(text), ["http", "https"].contains(scheme) else {
      return "an origin begins with http:// or https://"
    }
    if rest.contains("*") { return "origins are exact; a pattern is not possible" }
    if rest.contains("/") { return "an origin has no path, also no final /" }
    return hostMistake(rest)
  }

  /// An absolute URL of one of these schemes.
  static func mistake(inURL text: String, schemes: [String]) -> String? {
    guard let (scheme, rest) = split(text), schemes.isEmpty || schemes.contains(scheme) else {
      let wanted = schemes.isEmpty ? "a scheme such as https://" : schemes.map { "\($0)://" }.joined(separator: " or ")
      return "a URL begins with \(wanted)"
    }
    let authority = rest.prefix { !"/?#".contains($0) }
    if authority.contains("@") { return "a URL here carries no user or password; use a secret" }
    return hostMistake(String(authority))
  }

  /// Whether a URL names a user, and so perhaps a password, which no report should show.
  static func mayHoldPassword(_ text: String) -> Bool { text.contains("://") && text.contains("@") }

  /// A path of a route: `/a/b`, without query, empty or dotted segments.
  static func mistake(inPath text: String) -> String? {
    guard text.hasPrefix("/") else { return "a path begins with /" }
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !text.contains(where: { "?#\\".contains($0) }) else {
      return "a path has no spaces, no ?, no # and no other than ASCII characters"
    }
    let segments = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    let inner = segments.last == "" ? segments.dropLast() : segments
    return inner.contains { $0.isEmpty || $0 == "." || $0 == ".." } ? "a path has no empty, . or .. segments" : nil
  }

  /// A Socket.IO namespace: `/` or `/name`.
  static func mistake(inNamespace text: String) -> String? {
    guard text.hasPrefix("/") else { return "a namespace begins with /" }
    return text.contains { ",?#".contains($0) || $0.isWhitespace } ? "a namespace has no comma, space, ? or #" : nil
  }

  private static func split(_ text: String) -> (scheme: String, rest: String)? {
    guard let range = text.firstRange(of: "://") else { return nil }
    let scheme = text[..<range.lowerBound]
    guard !scheme.isEmpty, scheme.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }) else { return nil }
    return (scheme.lowercased(), String(text[range.upperBound...]))
  }

  private static func hostMistake(_ text: String) -> String? {
    var host = text[...]
    if !host.hasSuffix("]"), let colon = host.lastIndex(of: ":") {
      guard let port = UInt16(host[host.index(after: colon)...]), port > 0 else { return "the port is not a number from 1 to 65535" }
      host = host[..<colon]
    }
    if host.hasPrefix("["), host.hasSuffix("]") {
      return IPRange(String(host.dropFirst().dropLast())) == nil ? "\(quoted(String(host))) is not an IPv6 address" : nil
    }
    let isGood = !host.isEmpty && host.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-._".contains($0)) }
    return isGood ? nil : "\(quoted(String(host))) is not a host name"
  }
}
