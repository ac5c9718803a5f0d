/// Counts open connections by user and by tenant. What it holds is bounded by the connections there are.
///
/// A value without lock; its owner confines it.
public struct ConnectionQuota<Connection: Hashable & Sendable>: Sendable {
  /// Whether a connection may be used.
  public enum Verdict: String, Sendable, Hashable {
    /// It may.
    case accepted
    /// The user has too many.
    case userFull = "user_connections"
    /// The tenant has too many.
    case tenantFull = "tenant_connections"
  }

  private struct Person: Hashable {
    let tenant: String
    let user: String
  }

  private struct Use: Hashable {
    let connection: Connection
    let person: Person
  }

  private let perUser: Int
  private let perTenant: Int
  /// How often a connection is used for a person: once for each namespace.
  private var uses: [Use: Int] = [:]
  private var users: [Person: Int] = [:]
  private var tenants: [String: Int] = [:]

  /// Limits; 0 is none.
  public init(perUser: Int, perTenant: Int) {
    self.perUser = perUser
    self.perTenant = perTenant
  }

  /// How many connections are held.
  public var count: Int { uses.count }

  /// Uses a connection for a person; to be followed by `leave` when accepted. The second namespace of a connection is always free. An API
  /// key is no user: it counts towards its tenant only.
  public mutating func enter(_ connection: Connection, _ identity: Identity) -> Verdict {
    let person = Person(tenant: identity.tenant, user: identity.user)
    let use = Use(connection: connection, person: person)
    if let count = uses[use] {
      uses[use] = count + 1
      return .accepted
    }
    let (ofUser, ofTenant) = (users[person, default: 0], tenants[person.tenant, default: 0])
    if perTenant > 0, ofTenant >= perTenant { return .tenantFull }
    if perUser > 0, !person.user.isEmpty, ofUser >= perUser { return .userFull }
    uses[use] = 1
    users[person] = ofUser + 1
    tenants[person.tenant] = ofTenant + 1
    return .accepted
  }

  /// Gives back what `enter` took.
  public mutating func leave(_ connection: Connection, _ identity: Identity) {
    let person = Person(tenant: identity.tenant, user: identity.user)
    let use = Use(connection: connection, person: person)
    guard let count = uses[use] else { return }
    guard count == 1 else { return uses[use] = count - 1 }
    uses[use] = nil
    users.takeOne(person)
    tenants.takeOne(person.tenant)
  }
}

extension Dictionary where Value == Int {
  fileprivate mutating func takeOne(_ key: Key) {
    guard let count = self[key] else { return }
    self[key] = count > 1 ? count - 1 : nil
  }
}
