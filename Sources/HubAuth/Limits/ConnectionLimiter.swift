/// How many connections there may be; 0 is no limit.
public struct ConnectionLimits: Sendable, Hashable {
  /// In all.
  public var total: Int
  /// From one address.
  public var perIP: Int
  /// Of one user of one tenant.
  public var perUser: Int
  /// Of one tenant.
  public var perTenant: Int

  /// Limits; the defaults are DESIGN section 6's.
  public init(total: Int = 20_000, perIP: Int = 500, perUser: Int = 50, perTenant: Int = 10_000) {
    self.total = total
    self.perIP = perIP
    self.perUser = perUser
    self.perTenant = perTenant
  }
}

/// Counts open connections against the limits. Its memory is bounded by the connections themselves.
///
/// A transport is counted by address when it opens, and by tenant and user when it has said who it is.
/// A value without lock; its owner confines it.
public struct ConnectionLimiter: Sendable {
  /// Which limit refused; also the label value of the counter of refusals.
  public enum Scope: String, Sendable, Hashable, CaseIterable {
    /// Of all connections.
    case total
    /// Of the address.
    case ip
    /// Of the user.
    case user
    /// Of the tenant.
    case tenant
  }

  private struct User: Hashable {
    let tenant: String
    let user: String
  }

  private let limits: ConnectionLimits
  /// Connections open now.
  public private(set) var total = 0
  private var byIP: [String: Int] = [:]
  private var byUser: [User: Int] = [:]
  private var byTenant: [String: Int] = [:]

  /// A limiter without connections.
  public init(_ limits: ConnectionLimits) { self.limits = limits }

  /// Counts a new connection; the limit it would break, or nil when it is counted.
  public mutating func open(ip: String) -> Scope? {
    if Self.isFull(total, limits.total) { return .total }
    if Self.isFull(byIP[ip] ?? 0, limits.perIP) { return .ip }
    total += 1
    byIP[ip, default: 0] += 1
    return nil
  }

  /// Takes back an `open` that was counted.
  public mutating func close(ip: String) {
    total -= 1
    Self.release(&byIP, ip)
  }

  /// Counts a connection's identity; the limit it would break, or nil when it is counted.
  public mutating func identify(tenant: String, user: String) -> Scope? {
    let key = User(tenant: tenant, user: user)
    if Self.isFull(byTenant[tenant] ?? 0, limits.perTenant) { return .tenant }
    if Self.isFull(byUser[key] ?? 0, limits.perUser) { return .user }
    byTenant[tenant, default: 0] += 1
    byUser[key, default: 0] += 1
    return nil
  }

  /// Takes back an `identify` that was counted.
  public mutating func forget(tenant: String, user: String) {
    Self.release(&byTenant, tenant)
    Self.release(&byUser, User(tenant: tenant, user: user))
  }

  /// Whether nothing is held: after all is closed no key may be left behind.
  public var isEmpty: Bool { total == 0 && byIP.isEmpty && byUser.isEmpty && byTenant.isEmpty }

  private static func isFull(_ count: Int, _ limit: Int) -> Bool { limit > 0 && count >= limit }

  private static func release<Key: Hashable>(_ counts: inout [Key: Int], _ key: Key) {
    guard let count = counts[key] else { return }
    counts[key] = count > 1 ? count - 1 : nil
  }
}
