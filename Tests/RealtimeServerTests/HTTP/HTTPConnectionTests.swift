import HubTesting
import NIOCore
import Testing

@testable import RealtimeServer

@Suite("HTTP over a real socket", .timeLimit(.minutes(2)))
struct HTTPConnectionTests {
  @Test("a connection answers many requests, one after another")
  func keepAlive() async throws {
    try await Fixture.run { fixture in
      let client = try await fixture.client()
      for _ in 0..<50 {
        client.send(get("/hello"))
        let response = await client.response()
        #expect(response?.status == 200)
        #expect(response?.body == "hello 127.0.0.1")
        #expect(response?.fields["connection"] == nil)
        #expect(response?.fields["date"]?.hasSuffix("GMT") == true)
      }
      #expect(fixture.listener.counters.accepted == 1)
      #expect(fixture.listener.counters.requests == 50)
    }
  }

  @Test("pipelined requests are answered in their order, even when the first answer comes last")
  func pipelining() async throws {
    try await Fixture.run { fixture in
      let client = try await fixture.client()
      client.send(get("/later") + post("/echo", "two") + get("/hello"))
      let (_, responder) = await fixture.routes.held.next()
      responder.respond(.init(status: 200, contentType: "text/plain", text: "one"))
      #expect(await client.response()?.body == "one")
      #expect(await client.response()?.body == "two")
      #expect(await client.response()?.body == "hello 127.0.0.1")
    }
  }

  @Test("more pipelined requests than allowed are ended with 503 after those that were taken")
  func pipelineLimit() async throws {
    try await Fixture.run({ $0.limits.pipelined = 4 }) { fixture in
      let client = try await fixture.client()
      client.send(get("/later") + String(repeating: get("/hello"), count: 10))
      let (_, responder) = await fixture.routes.held.next()
      responder.respond(.init(status: 204))
      #expect(await client.response()?.status == 204)
      for _ in 0..<4 { #expect(await client.response()?.status == 200) }
      #expect(await client.response()?.status == 503)
      #expect(await client.response() == nil)
    }
  }

  @Test("a 204 says no length, whatever the route said")
  func lengthOfNothing() async throws {
    try await Fixture.run { fixture in
      let client = try await fixture.client()
      client.send(get("/later") + get("/hello"))
      let (_, responder) = await fixture.routes.held.next()
      responder.respond(.init(status: 204, headers: [("Content-Length", "5"), ("X-Kept", "yes")]))
      let answer = await client.response()
      #expect(answer?.status == 204 && answer?.fields["x-kept"] == "yes" && answer?.fields["content-length"] == nil)
      #expect(await client.response()?.body == "hello 127.0.0.1")
    }
  }

  @Test("a dropped responder answers 500 in the listener's words, a second answer is ignored")
  func responder() async throws {
    try await Fixture.run({ $0.errorBody = { status, _, id in ("text/x-error", Array("\(status) of \(id)".utf8)) } }) { fixture in
      let client = try await fixture.client()
      client.send(get("/drop", "X-Request-Id: r1") + get("/twice") + get("/hello"))
      let dropped = await client.response()
      #expect(dropped?.status == 500 && dropped?.fields["content-type"] == "text/x-error" && dropped?.body == "500 of r1")
      #expect(await client.response()?.body == "first")
      #expect(await client.response()?.body == "hello 127.0.0.1")
    }
  }

  @Test("an answer from another thread arrives while the connection is otherwise silent")
  func otherThread() async throws {
    try await Fixture.run({ $0.limits.idle = .milliseconds(50) }) { fixture in
      let client = try await fixture.client()
      client.send(get("/later"))
      let (_, responder) = await fixture.routes.held.next()
      // A connection that is only idle is closed meanwhile: a pending answer is not idleness.
      let idle = try await fixture.client()
      idle.send(get("/hello"))
      #expect(await idle.response()?.status == 200)
      #expect(await idle.readToEnd() == "")
      responder.respond(.init(status: 200, contentType: "text/plain", text: "late"))
      #expect(await client.response()?.body == "late")
    }
  }

  @Test("HEAD has the fields of GET and no body; unknown paths and methods are told")
  func methods() async throws {
    try await Fixture.run { fixture in
      let client = try await fixture.client()
      client.send("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n" + get("/nothing") + get("/echo"))
      let head = await client.response(bodyless: true)
      #expect(head?.status == 200)
      #expect(head?.fields["content-length"] == "15")
      let missing = await client.response()
      #expect(missing?.status == 404 && missing?.body == "404")
      let wrong = await client.response()
      #expect(wrong?.status == 405)
      #expect(wrong?.fields["allow"] == "POST")
    }
  }

  @Test("Connection: close and HTTP/1.0 end the connection after the answer")
  func closes() async throws {
    try await Fixture.run { fixture in
      for request in [get("/hello", "Connection: close"), "GET /hello HTTP/1.0\r\n\r\n"] {
        let client = try await fixture.client()
        client.send(request)
        let response = await client.response()
        #expect(response?.status == 200)
        #expect(response?.fields["connection"] == "close")
        #expect(await client.response() == nil)
      }
    }
  }

  @Test("a body arrives whole, by length and chunked, byte by byte")
  func bodies() async throws {
    // A machine that is busy with other tests takes its time for a hundred turns.
    try await Fixture.run({ $0.limits.headDeadline = .minutes(5) }) { fixture in
      let client = try await fixture.client()
      for request in [
        post("/echo", "hello world"),
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n",
      ] {
        for byte in request.utf8 { _ = await client.sendAll([byte]) }
        #expect(await client.response()?.body == "hello world")
      }
    }
  }

  @Test("Expect: 100-continue is answered, before the body and only when its turn has come")
  func expectation() async throws {
    try await Fixture.run { fixture in
      let client = try await fixture.client()
      client.send(get("/later") + "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
      let (_, responder) = await fixture.routes.held.next()
      responder.respond(.init(status: 204))
      #expect(await client.response()?.status == 204)
      #expect(await client.response()?.status == 100)
      client.send("ok")
      #expect(await client.response()?.body == "ok")
      client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: tea\r\n\r\n")
      #expect(await client.response()?.status == 417)
    }
  }

  @Test("X-Request-Id is taken over when sane and made otherwise, on errors too")
  func requestIDs() async throws {
    try await Fixture.run { fixture in
      let client = try await fixture.client()
      client.send(get("/hello", "X-Request-Id: abc-123"))
      #expect(await client.response()?.fields["x-request-id"] == "abc-123")
      var made: Set<String> = []
      for field in ["X-Request-Id: a b", "X-Request-Id: \(String(repeating: "x", count: 129))", "X-Other: 1"] {
        client.send(get("/nothing", field))
        made.insert(await client.response()?.fields["x-request-id"] ?? "")
      }
      #expect(made.count == 3)
      #expect(!made.contains(""))
      client.send("GET /hello HTTP/1.1\r\n\r\n")
      let refused = await client.response()
      #expect(refused?.status == 400)
      #expect(refused?.fields["x-request-id"]?.isEmpty == false)
    }
  }

  @Test("a field with a line break in it is left out, and the server's own fields win")
  func responseSplitting() async throws {
    try await Fixture.run { fixture in
      let client = try await fixture.client()
      client.send(get("/split"))
      let response = await client.response()
      #expect(response?.fields["x-a"] == nil)
      #expect(response?.fields["x-b"] == nil)
      #expect(response?.fields["x-c"] == "3")
      #expect(response?.fields["content-length"] == "0")
    }
  }

  @Test("a large answer to a slow reader arrives whole, and the next request is served after it")
  func largeAnswer() async throws {
    try await Fixture.run { fixture in
      let client = try await fixture.client()
      try await client.stopReading()
      client.send(get("/big") + get("/hello"))
      #expect(await fixture.routes.seen.next() == "/big")
      client.startReading()
      #expect(await client.response()?.body.utf8.count == 8 << 20)
      #expect(await client.response()?.status == 200)
    }
  }

  @Test("a forwarded address is believed from a trusted proxy only")
  func proxies() async throws {
    try await Fixture.run { fixture in
      let client = try await fixture.client()
      client.send(get("/hello", "X-Forwarded-For: 203.0.113.9"))
      #expect(await client.response()?.body == "hello 127.0.0.1")
    }
    try await Fixture.run({ $0.trustedProxies = TrustedProxies(["127.0.0.0/8", "10.0.0.1"]) ?? .none }) { fixture in
      let client = try await fixture.client()
      client.send(get("/hello", "X-Forwarded-For: 198.51.100.1, 203.0.113.9", "X-Forwarded-For: 10.0.0.1"))
      #expect(await client.response()?.body == "hello 203.0.113.9")
    }
  }
}
