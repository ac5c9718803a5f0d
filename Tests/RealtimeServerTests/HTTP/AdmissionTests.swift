import HubTesting
import NIOCore
import Synchronization
import Testing

@testable import RealtimeServer

@Suite("Clients that ask too often", .timeLimit(.minutes(2)))
struct AdmissionTests {
  /// Lets so many requests of a client pass.
  private final class Gate: Sendable {
    private let counts = Mutex<[String: Int]>([:])
    let limit: Int

    init(_ limit: Int) { self.limit = limit }

    func delay(_ client: String) -> TimeAmount? {
      counts.withLock { counts in
        counts[client, default: 0] += 1
        return (counts[client] ?? 0) > limit ? .milliseconds(1500) : nil
      }
    }
  }

  @Test("over the limit every sort of request is answered 429 with the wait, rounded up; without a body the connection goes on")
  func refused() async throws {
    let gate = Gate(1)
    try await Fixture.run({ $0.admission = { gate.delay($0) } }) { fixture in
      let client = try await fixture.client()
      client.send(get("/hello"))
      #expect(await client.response()?.status == 200)
      for request in [get("/hello"), get("/nowhere"), get("/socket.io/?EIO=4&transport=polling")] {
        client.send(request)
        let answer = await client.response()
        #expect(answer?.status == 429)
        #expect(answer?.fields["retry-after"] == "2")
      }
      client.send(post("/echo", "body") + get("/hello"))
      #expect(await client.response()?.status == 429)
      #expect(await client.response() == nil, "what follows a body that nobody reads is not a request")
      let upgrading = try await fixture.client()
      upgrading.send(upgradeRequest(socketTarget))
      #expect(await upgrading.response()?.status == 429)
      #expect(await upgrading.response() == nil)
      #expect(fixture.listener.counters.rateLimited == 5)
      #expect(fixture.engine.held.count == 0 && fixture.routes.seen.count == 1)
    }
  }

  @Test("clients are told apart by their forwarded address, and the proxy itself is not asked about")
  func forwarded() async throws {
    let gate = Gate(1)
    let proxies = try #require(TrustedProxies(["127.0.0.1"]))
    try await Fixture.run({
      $0.admission = { gate.delay($0) }
      $0.trustedProxies = proxies
    }) { fixture in
      let client = try await fixture.client()
      var statuses: [Int?] = []
      for fields in [[], [], [], ["X-Forwarded-For: 192.0.2.1"], ["X-Forwarded-For: 192.0.2.1"], ["X-Forwarded-For: 192.0.2.2"]] {
        client.send("GET /hello HTTP/1.1\r\nHost: a\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n")
        statuses.append(await client.response()?.status)
      }
      #expect(statuses == [200, 200, 200, 200, 429, 200])
    }
  }

  @Test("a route without a rate is served to whom the others are not, and takes nothing from them")
  func exempt() async throws {
    let gate = Gate(1)
    try await Fixture.run({ $0.admission = { gate.delay($0) } }) { fixture in
      let client = try await fixture.client()
      var statuses: [Int?] = []
      for request in [post("/hook", "a"), post("/hook", "b"), get("/hello"), get("/hello"), post("/hook", "c"), get("/hook")] {
        client.send(request)
        statuses.append(await client.response()?.status)
      }
      #expect(statuses == [200, 200, 200, 429, 200, 429])
      #expect(fixture.listener.counters.rateLimited == 2)
    }
  }
}
