public import OrderedJSON

/// What one caller may see of the connections.
public enum StatsView: Sendable, Equatable {
  /// Every tenant.
  case everything
  /// One tenant.
  case tenant(String)
  /// The sum.
  case sum

  /// Who sees what; nil for a caller that may not ask at all.
  ///
  /// - Parameters:
  ///   - tenant: the caller's; nil for an anonymous one.
  ///   - isKey: whether it brought an API key rather than a token. A key stands for no person of its tenant: it needs the role.
  public init?(access: StatsAccess, tenant: String?, isKey: Bool, roles: [String]) {
    switch (access, tenant) {
    case (.open, _): self = .everything
    case (_, _?) where isKey && roles.contains("stats"): self = .everything
    case (_, let tenant?) where !isKey: self = .tenant(tenant)
    case (.totals, _): self = .sum
    case (.token, _): return nil
    }
  }

  /// The answer, made of the hub's snapshot. Its two members, and where tenants are shown the sum of theirs is the total.
  public func body(of snapshot: JSONValue) -> JSONValue {
    let tenants = (snapshot["connectionsByTenant"]?.object ?? [:]).map { ($0.key, $0.value.int64 ?? 0) }
    switch self {
    case .everything: return Self.answer(tenants)
    case .tenant(let tenant): return Self.answer([(tenant, tenants.last { $0.0 == tenant }?.1 ?? 0)])
    case .sum:
      return ["totalConnections": .number(JSONNumber(tenants.reduce(0) { $0 + $1.1 })), "connectionsByTenant": [:]]
    }
  }

  private static func answer(_ tenants: [(String, Int64)]) -> JSONValue {
    [
      "totalConnections": .number(JSONNumber(tenants.reduce(0) { $0 + $1.1 })),
      "connectionsByTenant": .object(JSONObject(tenants.map { ($0.0, .number(JSONNumber($0.1))) })),
    ]
  }
}
