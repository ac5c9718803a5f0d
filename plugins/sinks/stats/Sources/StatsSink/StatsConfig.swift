public import OrderedJSON

/// Who may see the numbers. The peer's address never counts: behind a proxy everybody is local.
public enum StatsAccess: String, Sendable, CaseIterable {
  /// Who brings a token or key.
  case token
  /// The same, and everybody else sees the sum.
  case totals
  /// Everybody sees everything.
  case open
}

/// The `config` of a stats sink in hub.yaml. The host has checked it against ``schema`` before.
public struct StatsConfig: Sendable {
  /// Where the numbers are served.
  public let path: String
  /// Who may see them.
  public let access: StatsAccess

  /// JSON Schema of the object.
  public static let schema = """
    {"type":"object","additionalProperties":false,"properties":{\
    "path":{"type":"string","pattern":"^/","default":"/api/socket/stats","x-hub-claim":"http-path","description":"where it is served"},\
    "access":{"type":"string","enum":["token","totals","open"],"default":"token",\
    "description":"token: who brings one; totals: others see the sum; open: everybody sees everything"}}}
    """

  /// Reads the object.
  ///
  /// - Throws: ``StatsConfigError`` naming the member that can't be used.
  public init(_ config: JSONValue) throws {
    path = config["path"]?.string ?? "/api/socket/stats"
    guard path.hasPrefix("/") else { throw StatsConfigError(description: "path: must begin with /") }
    guard let access = StatsAccess(rawValue: config["access"]?.string ?? "token") else {
      throw StatsConfigError(description: "access: must be token, totals or open")
    }
    self.access = access
  }
}

/// A configuration that can't be used, in one line for the operator.
public struct StatsConfigError: Error, CustomStringConvertible {
  /// What is wrong.
  public let description: String
}
