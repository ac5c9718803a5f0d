import OrderedJSON
import Testing

@testable import StatsSink

@Suite("What a caller of the stats route sees")
struct StatsViewTests {
  static let snapshot: JSONValue = [
    "totalConnections": 5, "connectionsByTenant": ["acme": 3, "globex": 2], "connectionsByNamespace": ["/": 5, "/whatsapp": 2],
  ]

  @Test("a token sees its tenant and nothing of the others", arguments: StatsAccess.allCases.filter { $0 != .open })
  func token(access: StatsAccess) {
    let view = StatsView(access: access, tenant: "acme", isKey: false, roles: [])
    #expect(view?.body(of: Self.snapshot).description == #"{"totalConnections":3,"connectionsByTenant":{"acme":3}}"#)
  }

  @Test("a token that says of itself that it has the role is still a token")
  func tokenWithRole() {
    #expect(StatsView(access: .token, tenant: "acme", isKey: false, roles: ["stats"]) == .tenant("acme"))
  }

  @Test("a tenant without connections sees nought")
  func nobody() {
    let body = StatsView.tenant("empty").body(of: Self.snapshot)
    #expect(body.description == #"{"totalConnections":0,"connectionsByTenant":{"empty":0}}"#)
  }

  @Test("an API key with the role sees all, in exactly two members")
  func key() {
    let view = StatsView(access: .token, tenant: "ops", isKey: true, roles: ["publish", "stats"])
    #expect(view?.body(of: Self.snapshot).description == #"{"totalConnections":5,"connectionsByTenant":{"acme":3,"globex":2}}"#)
  }

  @Test("an API key without the role may not ask, and sees the sum where everybody does")
  func keyWithoutRole() {
    #expect(StatsView(access: .token, tenant: "ops", isKey: true, roles: ["publish"]) == nil)
    #expect(StatsView(access: .totals, tenant: "ops", isKey: true, roles: ["publish"]) == .sum)
  }

  @Test("with totals, somebody unknown sees the sum alone")
  func totals() {
    let view = StatsView(access: .totals, tenant: nil, isKey: false, roles: [])
    #expect(view?.body(of: Self.snapshot).description == #"{"totalConnections":5,"connectionsByTenant":{}}"#)
  }

  @Test("with open, everybody sees all")
  func open() { #expect(StatsView(access: .open, tenant: nil, isKey: false, roles: []) == .everything) }

  @Test("the tenants' numbers add up to the total, whatever the snapshot says of it")
  func sums() {
    let body = StatsView.everything.body(of: ["totalConnections": 9, "connectionsByTenant": ["a": 1, "b": 2]])
    #expect(body["totalConnections"] == 3)
  }
}
