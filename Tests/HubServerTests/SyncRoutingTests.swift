import HubAuth
import HubModel
import HubServer
import HubStore
import HubTelemetry
import NIOCore
import OrderedJSON
import RealtimeServer
import Testing

@Suite("Sync")
struct SyncRoutingTests {
  let hub: SyncFixture

  init() async throws { hub = try await SyncFixture() }

  @Test("pages of any size give every event once, in order, as it is stored", arguments: [1, 3, 500])
  func pages(limit: Int) async throws {
    try await hub.store((0..<20).map { "m\($0)" })
    let stored = try hub.journal.events(after: 0, limit: 500)
    try #require(stored.count == 21)
    let found = try await hub.all(limit: limit, hub.token())
    #expect(found.events.map { $0["id"]?.string } == stored.map(\.id))
    #expect(found.cursor == "21")
    let answer = try await hub.get("?limit=2", hub.token())
    let bodies = stored.prefix(2).map { String(decoding: $0.body, as: UTF8.self) }.joined(separator: ",")
    #expect(String(buffer: answer.body) == #"{"events":[\#(bodies)],"cursor":"2","more":true}"#)
    #expect(answer.header("Content-Type") == "application/json" && answer.header("Cache-Control") == "no-store")
  }

  @Test("a returned cursor gives what came since, and nothing when nothing came")
  func cursor() async throws {
    try await hub.store(["m1"])
    let key = [("X-API-Key", SyncFixture.readKey)]
    let first = try await hub.all(limit: 100, key)
    #expect(try await hub.all(since: first.cursor, limit: 100, key).events.isEmpty)
    try await hub.store(["m2"])
    let second = try await hub.all(since: first.cursor, limit: 100, key)
    #expect(second.events.map { $0["message"]?["providerMessageId"]?.string } == ["m2"])
    #expect(second.cursor == "3")
  }

  @Test("nothing in the journal answers no events and the beginning")
  func empty() async throws {
    #expect(String(buffer: try await hub.get("", hub.token()).body) == #"{"events":[],"cursor":"0","more":false}"#)
  }

  @Test("a tenant sees its own events only, and its cursor moves with those of others")
  func tenants() async throws {
    try await hub.store(["a1", "a2"])
    try await hub.store(["b1", "b2", "b3"], tenant: "other")
    let demo = try await hub.all(limit: 2, hub.token())
    #expect(demo.events.count == 3 && demo.events.allSatisfy { $0["tenant"] == "demo" })
    let other = try await hub.all(limit: 2, hub.token(tenant: "other"))
    #expect(other.events.count == 4 && other.events.allSatisfy { $0["tenant"] == "other" })
    #expect(demo.cursor == "7" && other.cursor == "7")
    let nobody = try await hub.all(limit: 100, hub.token(tenant: "nobody"))
    #expect(nobody.events.isEmpty && nobody.cursor == "7")
  }

  @Test("a narrowed token sees its accounts and conversations, and its cursor moves past the others")
  func narrowed() async throws {
    try await hub.store(["a1"], account: "one", from: "5511991230001")
    try await hub.store(["a2"], account: "two", from: "5511991230002")
    try await hub.store(["a3"], account: "two", from: "5511991230003")
    let conversation = try #require(try hub.journal.events(after: 4, limit: 1).first?.conversation)
    let byAccount = try await hub.all(limit: 1, hub.token(["accounts": ["two"]]))
    #expect(byAccount.events.map { $0["account"]?.string } == ["two", "two", "two", "two"])
    let byConversation = try await hub.all(limit: 1, hub.token(["conversations": [.string(conversation)]]))
    #expect(byConversation.events.map { $0["conversation"]?["id"]?.string } == [conversation, conversation])
    let both = try await hub.all(limit: 100, hub.token(["accounts": ["one"], "conversations": [.string(conversation)]]))
    #expect(both.events.isEmpty && both.cursor == "6")
  }

  @Test("an event without a conversation is not for a token narrowed to conversations")
  func withoutConversation() async throws {
    try await hub.storeNotice("n1")
    #expect(try await hub.all(limit: 100, hub.token()).events.count == 1)
    let found = try await hub.all(limit: 100, hub.token(["conversations": ["cnv_1"]]))
    #expect(found.events.isEmpty && found.cursor == "1")
  }

  @Test(
    "a cursor this hub never gave and a limit that is no number are refused",
    arguments: [
      "since=", "since=-1", "since=%2B1", "since=01", "since=x", "since=4", "since=99999999999999999999", "limit=0", "limit=a", "limit=",
    ])
  func mistakes(query: String) async throws {
    try await hub.store(["m1", "m2"])
    try await expect(.badRequest, hub.get("?" + query, hub.token()))
  }

  @Test("a limit above the maximum is lowered to it")
  func maximum() async throws {
    try await hub.store((0..<505).map { "m\($0)" })
    let page = try await hub.get("?limit=100000", hub.token()).json()
    #expect(page["events"]?.array?.count == 500 && page["more"] == .bool(true) && page["cursor"] == "500")
    #expect(try await hub.get("", hub.token()).json()["events"]?.array?.count == 100)
  }

  @Test("a page of large events ends early, and the next one goes on")
  func large() async throws {
    try await hub.store((0..<7).map { "m\($0)" }, text: String(repeating: "x", count: 1 << 20))
    let page = try await hub.get("", hub.token())
    #expect(page.body.readableBytes < 5 << 20)
    #expect(try page.json()["more"] == .bool(true))
    #expect(try await hub.all(limit: 100, hub.token()).events.count == 8)
  }

  @Test("who has no good credential, or not the role, is refused and told why")
  func refusals() async throws {
    try await expect(.authMissing, hub.get("", []))
    try await expect(.authInvalid, hub.get("", [("Authorization", "Bearer nonsense")]))
    try await expect(.authInvalid, hub.get("", [("X-API-Key", "another-key-than-these")]))
    try await expect(.authExpired, hub.get("", hub.token(isExpired: true)))
    try await expect(.forbidden, hub.get("", [("X-API-Key", SyncFixture.statsKey)]))
    try await expect(.authMissing, hub.get("?token=\(SyncFixture.readKey)", []))
    let outcomes = hub.metrics.authentications
    #expect(outcomes.with("missing").value == 2 && outcomes.with("invalid").value == 2)
    #expect(outcomes.with("expired").value == 1 && outcomes.with("accepted").value == 1)
  }

  @Test("a cursor that retention has passed is expired, the beginning is what is left")
  func expired() async throws {
    try await hub.store(["old1", "old2"])
    try hub.expireEverything()
    try await hub.store(["new"])
    try await expect(.cursorExpired, hub.get("?since=1", hub.token()))
    let left = try await hub.all(limit: 100, hub.token())
    #expect(left.events.map { $0["message"]?["providerMessageId"]?.string } == ["new"])
    #expect(left.cursor == "4")
  }

  @Test("a damaged event is left out, those around it are not")
  func damage() async throws {
    try await hub.store(["m1"])
    try await hub.store(["m2"], text: "Ypiranga")
    try await hub.store(["m3"])
    let found = try await SyncFixture(database: hub.damaged(at: "Ypiranga"))
    let left = try await found.all(limit: 100, hub.token())
    #expect(left.events.compactMap { $0["message"]?["providerMessageId"]?.string } == ["m1", "m3"])
    #expect(left.cursor == "4" && found.journal.counters.damaged > 0)
  }

  @Test("a narrowed token that may see nothing of much is told to go on, and comes to the end")
  func muchForOthers() async throws {
    try await hub.store((0..<5300).map { "m\($0)" }, account: "one")
    let headers = try hub.token(["accounts": ["two"]])
    let page = try await hub.get("?limit=500", headers).json()
    let cursor = try #require(page["cursor"]?.string.flatMap { Int($0) })
    #expect(page["events"] == [] && page["more"] == .bool(true) && (5000..<5301).contains(cursor))
    #expect(try await hub.all(since: String(cursor), limit: 500, headers).cursor == "5301")
  }

  @Test("a journal that is closed answers 503 and when to come back")
  func closed() async throws {
    try await hub.store(["m1"])
    try hub.journal.close()
    let answer = try await hub.get("", hub.token())
    try expect(.journalUnavailable, answer)
    #expect(answer.header("Retry-After") == "1")
  }

  @Test("other methods are refused, other paths are left to the routing behind")
  func others() {
    guard case .methodNotAllowed(let allow) = hub.routing.match(method: "POST", path: "/api/v1/sync") else {
      Issue.record("POST was not refused")
      return
    }
    #expect(allow == ["GET", "HEAD"])
    guard case .notFound = hub.routing.match(method: "GET", path: "/api/v1/sync/") else {
      Issue.record("another path was taken")
      return
    }
  }

  private func expect(_ code: ProblemCode, _ answer: HTTPResponse) throws {
    #expect(answer.status == code.status && answer.header("Content-Type") == "application/problem+json")
    #expect(answer.header("WWW-Authenticate") == (code.status == 401 ? "Bearer" : nil))
    let problem = try answer.json()
    #expect(problem["code"]?.string == code.rawValue && problem["requestId"] == "req-7")
  }
}
