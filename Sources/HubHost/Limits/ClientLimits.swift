internal import HubAuth
internal import RealtimeServer
internal import Synchronization

/// What the users and tenants of all namespaces may use together. Asked from every event loop.
public final class ClientLimits: Sendable {
  private let connections: Mutex<ConnectionQuota<ConnectionID>>
  private let events: Mutex<RateLimiter>
  private let limitsEvents: Bool

  /// - Parameters: numbers as in hub.yaml; 0 is no limit.
  ///   - userConnections: connections a user may have at a time.
  ///   - tenantConnections: connections a tenant may have at a time.
  ///   - userEvents: events a user may send in a second.
  public init(userConnections: Int = 0, tenantConnections: Int = 0, userEvents: Int = 0) {
    connections = Mutex(ConnectionQuota(perUser: userConnections, perTenant: tenantConnections))
    events = Mutex(RateLimiter(RateLimit(perSecond: Double(userEvents))))
    limitsEvents = userEvents > 0
  }

  func enter(_ connection: ConnectionID, _ identity: Identity) -> ConnectionQuota<ConnectionID>.Verdict {
    connections.withLock { $0.enter(connection, identity) }
  }

  func leave(_ connection: ConnectionID, _ identity: Identity) {
    connections.withLock { $0.leave(connection, identity) }
  }

  /// Whether the user may send one more event now. An API key is no user.
  func takesEvent(of identity: Identity, now: Duration) -> Bool {
    guard limitsEvents, !identity.user.isEmpty else { return true }
    // The length keeps a tenant's name from running into the user's.
    let key = "\(identity.tenant.utf8.count):\(identity.tenant):\(identity.user)"
    return events.withLock { $0.take(key, now: now.milliseconds).isAllowed }
  }
}
