import HubModel
public import OrderedJSON

/// What `hub config show` prints: every value in effect and where it comes from. Secrets are references, so none is shown.
public struct EffectiveConfig: Sendable {
  /// One value.
  public struct Entry: Sendable {
    /// The keys that lead to it.
    public let path: [String]
    /// The value as it would be written.
    public let value: JSONValue
    /// `default`, or `hub.yaml:12`, or `hub.yaml:12, env NAME`.
    public let origin: String
  }

  /// Every value, in the order of the format.
  public let entries: [Entry]

  /// The effective values; nil when the configuration has errors.
  public init?(_ result: LoadResult) {
    guard let configuration = result.configuration else { return nil }
    var entries: [Entry] = []
    Self.flatten(configuration.effective, [], result.origins, into: &entries)
    self.entries = entries
  }

  /// For people: `realtime.ping_interval = "25s"  # default`.
  public var text: String {
    let lines = entries.map { (Self.written($0.path) + " = " + $0.value.description, $0.origin) }
    // One very long value must not push every origin off the screen.
    let width = min(60, lines.map(\.0.count).max() ?? 0)
    return lines.map { $0 + String(repeating: " ", count: max(0, width - $0.count)) + "  # \($1)\n" }.joined()
  }

  /// For programs: a list of `{path, value, origin}`.
  public var json: JSONValue {
    .array(entries.map { ["path": .array($0.path.map { .string($0) }), "value": $0.value, "origin": .string($0.origin)] })
  }

  private static func flatten(_ value: JSONValue, _ path: [String], _ origins: [[String]: Origin], into entries: inout [Entry]) {
    if let members = value.object, !members.isEmpty {
      for member in members { flatten(member.value, path + [member.key], origins, into: &entries) }
      return
    }
    var origin = "default"
    if let found = origins[path] {
      let variables = found.variables.map { ", env \($0)" }.joined()
      origin = "\(printable(found.value.file, limit: 1000)):\(found.value.line)\(variables)"
    }
    entries.append(Entry(path: path, value: value, origin: origin))
  }

  private static func written(_ path: [String]) -> String {
    path.map { $0.contains(".") || $0.isEmpty ? quoted($0) : printable($0) }.joined(separator: ".")
  }
}
