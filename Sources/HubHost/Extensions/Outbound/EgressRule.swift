/// Which hosts an adapter may reach: `egress` of hub.yaml.
public struct EgressRule: Sendable, Hashable {
  /// Every host.
  public static let everything = EgressRule(nil)

  private let names: Set<String>
  /// The part of a pattern after `*`, with its dot.
  private let suffixes: [String]
  private let isLimited: Bool

  /// A rule of host names and addresses, and patterns such as `*.example.com`; nil: every host, empty: none.
  public init(_ patterns: [String]?) {
    isLimited = patterns != nil
    let patterns = (patterns ?? []).map { Self.plain($0.lowercased()) }
    suffixes = patterns.filter { $0.hasPrefix("*.") }.map { String($0.dropFirst()) }
    names = Set(patterns.filter { !$0.hasPrefix("*.") })
  }

  /// Whether a host may be reached: a name, or an address with or without brackets.
  public func allows(_ host: String) -> Bool {
    guard isLimited else { return true }
    let host = Self.plain(host.lowercased())
    return names.contains(host) || suffixes.contains { host.hasSuffix($0) }
  }

  /// Whether the rule names this very host. Only then may it be at an address that isn't public although a stranger gave it.
  public func names(_ host: String) -> Bool { names.contains(Self.plain(host.lowercased())) }

  /// Without the brackets of an IPv6 address and without a final dot.
  private static func plain(_ host: String) -> String {
    var host = host[...]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    if host.hasSuffix("."), host.count > 1 { host = host.dropLast() }
    return String(host)
  }
}
