import HubTesting
import OrderedJSON
import Synchronization
import Testing

@Suite("The sink behind the C ABI: sockets and commands")
struct SinkCommandTests {
  let agreed: JSONValue = ["ok": true]
  let forbidden: JSONValue = ["ok": false, "error": "forbidden"]

  func host(claims: JSONValue = ["exp": 1]) async throws -> FakeHost {
    let host = try await FakeHost.sink()
    host.state.withLock { $0.conversations = ["c1": ["id": "c1", "account": "a1"], "c2": ["id": "c2", "account": "a2"]] }
    host.connect("s1", as: .init(claims: claims))
    return host
  }

  @Test("a socket is put into its tenant's and its user's room, and the log says so")
  func connect() async throws {
    let host = try await host()
    #expect(host.state.withLock { $0.accepted } == [["tenant:acme", "user:u1"]])
    #expect(host.state.withLock { $0.log.map(\.message) } == ["Client connected"])
  }

  @Test("a socket that wants another dialect is refused")
  func dialect() async throws {
    let host = try await host()
    host.connect("s2", auth: ["dialect": "pytake"])
    #expect(host.state.withLock { $0.refused } == [["code": "bad_request"]])
    host.connect("s3", auth: ["dialect": "inbox"])
    #expect(host.state.withLock { $0.accepted.count } == 2)
  }

  @Test("a token that names more conversations than a socket can have rooms is refused, and told so")
  func tooManyClaims() async throws {
    let host = try await host(claims: ["conversations": .array((0..<300).map { .string("c\($0)") })])
    #expect(host.state.withLock { $0.accepted }.isEmpty)
    #expect(host.state.withLock { $0.refused } == [["code": "bad_request"]])
  }

  @Test("a join of the tenant's conversation enters its room, once")
  func join() async throws {
    let host = try await host()
    #expect(host.send("conversation:join", ["c1"], from: "s1") == agreed)
    #expect(host.send("join_conversation", [["conversation_id": "c1"]], from: "s1") == agreed)
    #expect(host.state.withLock { $0.rooms } == ["+s1 conversation:c1"])
  }

  @Test("a conversation that isn't the tenant's is forbidden, whether it exists or not")
  func foreign() async throws {
    let host = try await host()
    #expect(host.send("conversation:join", ["elsewhere"], from: "s1") == forbidden)
    #expect(host.send("typing", [["conversationId": "elsewhere", "isTyping": true]], from: "s1") == forbidden)
    #expect(host.state.withLock { $0.rooms }.isEmpty)
    #expect(host.takePackets().isEmpty)
  }

  @Test("claims narrow what may be joined")
  func narrowed() async throws {
    let host = try await host(claims: ["accounts": ["a1"]])
    #expect(host.state.withLock { $0.accepted } == [["account:a1", "user:u1"]])
    #expect(host.send("conversation:join", ["c1"], from: "s1") == agreed)
    #expect(host.send("conversation:join", ["c2"], from: "s1") == forbidden)
  }

  @Test("who leaves while the question is under way stays out, and the join says so")
  func leftMeanwhile() async throws {
    let host = try await host()
    host.state.withLock { $0.holdsQueries = true }
    #expect(host.send("conversation:join", ["c1"], from: "s1", ack: 20) == nil)
    #expect(host.send("conversation:leave", ["c1"], from: "s1") == agreed)
    host.releaseQueries()
    #expect(host.state.withLock { $0.acks[20] } == ["ok": false, "error": "bad_request"])
    #expect(host.state.withLock { $0.rooms }.isEmpty)
  }

  @Test("who leaves while the room is being entered is out at the end, and the join says so")
  func leftWhileEntering() async throws {
    let host = try await host()
    host.state.withLock { $0.holdsQueries = true }
    #expect(host.send("conversation:join", ["c1"], from: "s1", ack: 20) == nil)
    let early = Mutex<JSONValue?>("not asked")
    host.state.withLock {
      $0.duringJoin = { [unowned host] in
        let answer = host.send("conversation:leave", ["c1"], from: "s1")
        early.withLock { $0 = answer }
      }
    }
    host.releaseQueries()
    #expect(early.withLock { $0 } == nil, "told that it has left before it has")
    #expect(host.state.withLock { $0.acks } == [9: agreed, 20: ["ok": false, "error": "bad_request"]])
    #expect(host.state.withLock { $0.rooms } == ["+s1 conversation:c1", "-s1 conversation:c1"])
  }

  @Test("who leaves and comes back while the room is being entered is in at the end")
  func cameBackWhileEntering() async throws {
    let host = try await host()
    host.state.withLock {
      $0.duringJoin = { [unowned host] in
        host.send("conversation:leave", ["c1"], from: "s1")
        host.send("conversation:join", ["c1"], from: "s1", ack: 21)
      }
    }
    #expect(host.send("conversation:join", ["c1"], from: "s1", ack: 20) == agreed)
    #expect(host.state.withLock { $0.acks[21] } == agreed)
    #expect(host.state.withLock { $0.rooms } == ["+s1 conversation:c1"])
  }

  @Test("two joins under way enter the room once and are both told yes")
  func twoJoins() async throws {
    let host = try await host()
    host.state.withLock { $0.holdsQueries = true }
    for ack in [20, 21] as [UInt64] { host.send("conversation:join", ["c1"], from: "s1", ack: ack) }
    host.releaseQueries()
    #expect(host.state.withLock { $0.acks } == [20: agreed, 21: agreed])
    #expect(host.state.withLock { $0.rooms } == ["+s1 conversation:c1"])
  }

  @Test("typing goes to the others in the room, once while it lasts, and ends by itself")
  func typing() async throws {
    let host = try await host()
    for _ in 0..<3 { host.send("typing", [["conversationId": "c1", "isTyping": true]], from: "s1") }
    let started = host.takePackets()
    #expect(started.map(\.rooms) == [["conversation:c1"]])
    #expect(started.first?.socket == "s1")
    #expect(started.first?.isVolatile == true)
    #expect(started.first?.arguments == [["conversationId": "c1", "isTyping": true, "userId": "u1"]])
    #expect(host.state.withLock { $0.timers } == [10_000])
    // The timer is set for the first notice; renewed typing makes it fire in vain once and be set anew.
    for _ in 0..<2 { host.fireTimer() }
    #expect(host.takePackets().map(\.arguments) == [[["conversationId": "c1", "isTyping": false, "userId": "u1"]]])
    host.send("typing_start", ["c1"], from: "s1")
    #expect(host.state.withLock { $0.timers.last } == 10_000)
    #expect(host.takePackets().count == 1)
    host.disconnect("s1")
    #expect(host.takePackets().map(\.arguments) == [[["conversationId": "c1", "isTyping": false, "userId": "u1"]]])
  }

  @Test("register confirms the token's user and nobody else")
  func register() async throws {
    let host = try await host()
    let confirmed: JSONValue = ["ok": true, "userId": "u1", "socketId": "s1", "queued": 0]
    #expect(host.send("register_user", [["userId": "u1"]], from: "s1") == confirmed)
    #expect(host.send("register", [], from: "s1") == confirmed)
    #expect(host.send("register", ["u2"], from: "s1") == forbidden)
    #expect(host.send("sync_request", [["userId": "u2"]], from: "s1") == forbidden)
    #expect(host.send("sync_request", [["userId": "u1"]], from: "s1") == ["ok": false, "error": "not_found"])
  }

  @Test("health checks are answered to the socket alone")
  func health() async throws {
    let host = try await host()
    #expect(host.send("heartbeat", [["ts": 5]], from: "s1") == agreed)
    #expect(host.send("ping", [], from: "s1") == agreed)
    let emitted = host.takePackets()
    #expect(emitted.map(\.name) == ["heartbeat_ack", "pong"])
    #expect(emitted.allSatisfy { $0.socket == "s1" && $0.rooms.isEmpty && $0.event == 0 })
    #expect(emitted.first?.arguments == [["ts": 5]])
  }

  @Test("what is no command is counted and does nothing")
  func unknown() async throws {
    let host = try await host()
    #expect(host.send("constructor", [["x": 1]], from: "s1", ack: 0) == nil)
    #expect(host.send("conversation:join", [[1, 2]], from: "s1") == ["ok": false, "error": "bad_request"])
    #expect(host.takePackets().isEmpty)
    #expect(host.state.withLock { $0.recorded } == ["unknown_events_total{}", "commands_total{malformed,bad_request}"])
  }
}
