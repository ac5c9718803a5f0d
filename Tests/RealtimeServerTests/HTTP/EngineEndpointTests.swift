import HubTesting
import NIOCore
import Testing

@testable import RealtimeServer

@Suite("Engine paths", .timeLimit(.minutes(2)))
struct EngineEndpointTests {
  @Test("a pending poll is answered later, and dozens of polls share a connection")
  func polls() async throws {
    try await Fixture.run { fixture in
      let client = try await fixture.client()
      for turn in 0..<30 {
        client.send(get("/socket.io/?EIO=4&transport=polling&t=\(turn)"))
        let (request, responder) = await fixture.engine.held.next()
        #expect(request.queryValue("t") == "\(turn)")
        responder.respond(.init(status: 200, contentType: "text/plain; charset=UTF-8", text: "6"))
        #expect(await client.response()?.body == "6")
      }
      #expect(fixture.listener.counters.accepted == 1)
    }
  }

  @Test("the engine is told when the client of a pending poll hangs up")
  func aborted() async throws {
    try await Fixture.run { fixture in
      let client = try await fixture.client()
      client.send(get("/api/ws/?sid=1"))
      let (_, responder) = await fixture.engine.held.next()
      client.close()
      #expect(await fixture.engine.aborted.next() == "/api/ws/?sid=1")
      responder.respond(.init(status: 200))
    }
  }

  @Test("a body cut in the middle is told as such")
  func cut() async throws {
    try await Fixture.run { fixture in
      let client = try await fixture.client()
      client.send("POST /socket.io/?sid=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
      #expect(await fixture.engine.began.next() == "/socket.io/?sid=1")
      client.close()
      #expect(await fixture.engine.failed.next() == .aborted)
    }
  }

  @Test("a post over the limit is answered 413 without a word to the session, unless its body had begun")
  func tooLarge() async throws {
    try await Fixture.run { fixture in
      let client = try await fixture.client()
      client.send("POST /socket.io/?sid=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n")
      #expect(await client.response()?.status == 413)
      #expect(fixture.engine.began.count == 0)
      let chunked = try await fixture.client()
      chunked.send("POST /socket.io/?sid=1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
      chunked.send("3e9\r\n\(String(repeating: "a", count: 1001))\r\n0\r\n\r\n")
      #expect(await chunked.response()?.status == 413)
      #expect(await fixture.engine.failed.next() == .tooLarge)
      let again = try await fixture.client()
      again.send(post("/socket.io/?sid=1", String(repeating: "a", count: 1000)))
      #expect(await again.response()?.body == "ok")
    }
  }

  @Test("a listed origin is echoed on every answer, errors and the 101 included; a preflight gets 204")
  func cors() async throws {
    try await Fixture.run({ $0.cors = CORSPolicy(.exact(["https://app.example"])) }) { fixture in
      let origin = "Origin: https://app.example"
      let client = try await fixture.client()
      for request in [get("/hello", origin), get("/nothing", origin), post("/socket.io/?sid=1", "x", origin)] {
        client.send(request)
        let fields = await client.response()?.fields
        #expect(fields?["access-control-allow-origin"] == "https://app.example")
        #expect(fields?["access-control-allow-credentials"] == "true")
        #expect(fields?["vary"] == "Origin")
      }
      client.send(
        "OPTIONS /socket.io/?EIO=4 HTTP/1.1\r\nHost: a\r\n\(origin)\r\nAccess-Control-Request-Method: POST\r\n"
          + "Access-Control-Request-Headers: x-a\r\n\r\n")
      let preflight = await client.response()
      #expect(preflight?.status == 204)
      #expect(preflight?.fields["access-control-allow-methods"] == "GET,HEAD,PUT,PATCH,POST,DELETE")
      #expect(preflight?.fields["access-control-allow-headers"] == "x-a")
      #expect(preflight?.fields["content-length"] == "0")
      client.send(get("/hello", "Origin: https://evil.example"))
      #expect(await client.response()?.fields["access-control-allow-origin"] == nil)
      let socket = try await fixture.client()
      socket.send(upgradeRequest("/socket.io/?EIO=4&transport=websocket", origin))
      #expect(await socket.read(through: "\r\n\r\n").contains("Access-Control-Allow-Origin: https://app.example\r\n"))
      let refused = try await fixture.client()
      refused.send("POST /socket.io/ HTTP/1.1\r\nHost: a\r\n\(origin)\r\nContent-Length: 5000\r\n\r\n")
      #expect(await refused.response()?.fields["access-control-allow-origin"] == "https://app.example")
    }
  }

  @Test("without configured origins no CORS field is sent")
  func sameOrigin() async throws {
    try await Fixture.run { fixture in
      let client = try await fixture.client()
      client.send(get("/hello", "Origin: https://app.example"))
      let fields = await client.response()?.fields
      #expect(fields?["access-control-allow-origin"] == nil)
      #expect(fields?["vary"] == nil)
    }
  }
}
