import HubAuth
import Testing

@Suite("Connections of users and tenants")
struct ConnectionQuotaTests {
  private func who(_ user: String, _ tenant: String = "acme") -> Identity { Identity(tenant: tenant, user: user, roles: []) }

  @Test("the limit of a user passes, one more does not, and what is given back is free once")
  func user() {
    var quota = ConnectionQuota<Int>(perUser: 2, perTenant: 0)
    #expect(quota.enter(1, who("a")) == .accepted && quota.enter(2, who("a")) == .accepted)
    #expect(quota.enter(3, who("a")) == .userFull)
    #expect(quota.enter(3, who("b")) == .accepted)
    #expect(quota.enter(4, who("a", "globex")) == .accepted, "another tenant's user of that name is another user")
    quota.leave(1, who("a"))
    quota.leave(1, who("a"))
    #expect(quota.enter(5, who("a")) == .accepted)
    #expect(quota.enter(6, who("a")) == .userFull)
  }

  @Test("the limit of a tenant counts all its users and its keys, which are no users")
  func tenant() {
    var quota = ConnectionQuota<Int>(perUser: 1, perTenant: 3)
    #expect(quota.enter(1, who("a")) == .accepted)
    #expect(quota.enter(2, who("")) == .accepted && quota.enter(3, who("")) == .accepted)
    #expect(quota.enter(4, who("b")) == .tenantFull)
    #expect(quota.enter(4, who("b", "globex")) == .accepted)
    quota.leave(2, who(""))
    #expect(quota.enter(5, who("b")) == .accepted)
  }

  @Test("several namespaces of one connection are one connection, until the last is left")
  func namespaces() {
    var quota = ConnectionQuota<Int>(perUser: 1, perTenant: 1)
    #expect(quota.enter(1, who("a")) == .accepted && quota.enter(1, who("a")) == .accepted)
    quota.leave(1, who("a"))
    #expect(quota.enter(2, who("a")) == .tenantFull)
    quota.leave(1, who("a"))
    #expect(quota.count == 0 && quota.enter(2, who("a")) == .accepted)
  }

  @Test("no limit is no limit, and nothing is left behind")
  func unlimited() {
    var quota = ConnectionQuota<Int>(perUser: 0, perTenant: 0)
    #expect((0..<1000).allSatisfy { quota.enter($0, who("a")) == .accepted })
    for connection in 0..<1000 { quota.leave(connection, who("a")) }
    #expect(quota.count == 0)
  }
}
