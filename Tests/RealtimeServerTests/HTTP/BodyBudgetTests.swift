import HubTesting
import NIOCore
import Testing

@testable import RealtimeServer

@Suite("Bodies of all requests together", .timeLimit(.minutes(2)))
struct BodyBudgetTests {
  private func body(_ count: Int) -> String { String(repeating: "b", count: count) }

  @Test("what is too much is answered 503, on routes without a rate too; what is answered makes room")
  func refused() async throws {
    try await Fixture.run({ $0.limits.bodyBytes = 1000 }) { fixture in
      let slow = try await fixture.client()
      slow.send(post("/later", body(900)))
      do {
        let held = await fixture.routes.held.next()
        let second = try await fixture.client()
        second.send(post("/hook", body(200)))
        let answer = await second.response()
        #expect(answer?.status == 503 && answer?.fields["retry-after"] == "1")
        #expect(await second.response() == nil)
        let third = try await fixture.client()
        third.send(post("/hook", body(100)))
        #expect(await third.response()?.status == 200)
        #expect(fixture.listener.counters.bodiesFull == 1)
        held.1.respond(HTTPResponse(status: 200, headers: [], body: held.0.body))
      }
      #expect(await slow.response()?.status == 200)
      slow.send(post("/hook", body(1000)) + post("/hook", body(1000)))
      for _ in 0..<2 { #expect(await slow.response()?.status == 200) }
      #expect(fixture.listener.counters.bodiesFull == 1)
    }
  }

  @Test("a body that ends early gives back what it took")
  func aborted() async throws {
    try await Fixture.run({ $0.limits.bodyBytes = 300 }) { fixture in
      let client = try await fixture.client()
      client.send(post("/hook", body(301)))
      #expect(await client.response()?.status == 503)
      for _ in 0..<3 {
        let next = try await fixture.client()
        next.send(post("/hook", body(300)))
        #expect(await next.response()?.status == 200)
      }
    }
  }
}
