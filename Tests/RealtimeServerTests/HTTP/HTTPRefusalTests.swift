import HubTesting
import NIOCore
import Testing

@testable import RealtimeServer

@Suite("What is refused", .timeLimit(.minutes(2)))
struct HTTPRefusalTests {
  static let smuggling: [String] = [
    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello",
    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello",
    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\nhello",
    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\nhello",
    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n",
    "GET /hello HTTP/1.1\nHost: a\n\n",
    "GET /hello HTTP/1.1\r\nHost: a\nX-A: b\r\n\r\n",
    "GET /hello HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n",
    "GET /hello HTTP/1.1\r\nHost: a\r\nX A: b\r\n\r\n",
    "GET /hello HTTP/1.1\r\nHost : a\r\n\r\n",
    "GET /hello HTTP/1.1\r\n Host: a\r\n\r\n",
    "GET /hello HTTP/1.1\r\nHost: a\r\nX-A: b\rX-B: c\r\n\r\n",
    "GET /hello HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n",
    "GET /hello HTTP/1.1\r\nHost: a\r\nX-A: \u{0}\r\n\r\n",
    "GET /hello HTTP/1.1\r\n\r\n",
    "GET /hello HTTP/1.1\r\nHost:\r\n\r\n",
    "GET /hello HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
    "GET /hello HTTP/1.1\r\nHost: a b\r\n\r\n",
    "GET /hello HTTP/1.1\r\nHost: a/b\r\n\r\n",
    "GET /hello HTTP/1.1\r\nHost: user@a\r\n\r\n",
    "GET /hello HTTP/1.1\r\nHost: a:port\r\n\r\n",
    "GET http://a/hello HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET hello HTTP/1.1\r\nHost: a\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /hello HTTP/2.0\r\nHost: a\r\n\r\n",
    "GET /hello HTTX/1.1\r\nHost: a\r\n\r\n",
    "NOTAMETHOD /hello HTTP/1.1\r\nHost: a\r\n\r\n",
    "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}",
  ]

  @Test("ambiguous or malformed requests are answered 400, the connection ends, and no second request is seen")
  func case34_smuggling() async throws {
    try await Fixture.run { fixture in
      for request in Self.smuggling {
        let client = try await fixture.client()
        client.send(request + get("/hello?second"))
        let answer = await client.readToEnd()
        #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(request.debugDescription): \(answer.prefix(60))")
        #expect(answer.ranges(of: "HTTP/1.1 ").count == 1, "\(request.debugDescription)")
      }
      #expect(fixture.routes.seen.count == 0)
      #expect(fixture.listener.counters.malformed == Self.smuggling.count)
    }
  }

  @Test("more than 100 fields or 16 KiB of head are answered 431 and the connection ends")
  func heads() async throws {
    try await Fixture.run { fixture in
      let many = (0..<100).map { "X-\($0): 1\r\n" }.joined()
      for head in [
        many, "X-Long: \(String(repeating: "a", count: 16 * 1024))\r\n",
        String(repeating: "X-A: \(String(repeating: "a", count: 1000))\r\n", count: 17),
      ] {
        let client = try await fixture.client()
        client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\(head)\r\n")
        #expect(await client.response()?.status == 431)
        #expect(await client.response() == nil)
      }
      let client = try await fixture.client()
      client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\(many.split(separator: "\r\n").dropFirst().joined(separator: "\r\n"))\r\n\r\n")
      #expect(await client.response()?.status == 200)
      let endless = try await fixture.client()
      endless.send("GET /" + String(repeating: "a", count: 100_000))
      #expect(await endless.response()?.status == 431)
    }
  }

  @Test("a body over the route's limit is answered 413: by its declared length, and chunked when it passes the limit")
  func case32_bodies() async throws {
    try await Fixture.run { fixture in
      let declared = try await fixture.client()
      declared.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n")
      #expect(await declared.response()?.status == 413)
      #expect(await declared.response() == nil)
      let chunked = try await fixture.client()
      chunked.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
      for _ in 0..<11 { chunked.send("64\r\n\(String(repeating: "a", count: 100))\r\n") }
      #expect(await chunked.response()?.status == 413)
      #expect(await chunked.response() == nil)
      let exact = try await fixture.client()
      exact.send(post("/echo", String(repeating: "a", count: 1000)))
      #expect(await exact.response()?.body.count == 1000)
      #expect(fixture.listener.counters.tooLarge == 2)
    }
  }

  @Test("a client that sends on after 413 still gets the answer")
  func lingering() async throws {
    try await Fixture.run { fixture in
      let client = try await fixture.client()
      client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n")
      #expect(await client.sendAll([UInt8](repeating: 0x61, count: 4_000_000)))
      #expect(await client.response()?.status == 413)
    }
  }

  @Test("a slow head is answered 408 and the connection ends; so does one that never begins, without an answer")
  func case33_slowHead() async throws {
    try await Fixture.run({ $0.limits.headDeadline = .seconds(3) }) { fixture in
      let (slow, silent) = (try await fixture.client(), try await fixture.client())
      slow.send("GET /hello HTTP/1.1\r\nHo")
      #expect(await slow.response()?.status == 408)
      #expect(await slow.response() == nil)
      #expect(await silent.readToEnd() == "")
      #expect(fixture.listener.counters.timeouts == 1)
    }
  }

  @Test("a later head that is slow is answered 408 too")
  func slowSecondHead() async throws {
    try await Fixture.run({ $0.limits.headDeadline = .seconds(3) }) { fixture in
      let client = try await fixture.client()
      client.send(get("/hello"))
      #expect(await client.response()?.status == 200)
      client.send("GET /hel")
      #expect(await client.response()?.status == 408)
    }
  }

  @Test("a slow body is answered 408 and the engine is told")
  func case33_slowBody() async throws {
    try await Fixture.run({ $0.limits.bodyDeadline = .milliseconds(200) }) { fixture in
      let client = try await fixture.client()
      client.send("POST /socket.io/?sid=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
      #expect(await client.response()?.status == 408)
      #expect(await fixture.engine.failed.next() == .timeout)
    }
  }

  @Test("an idle connection is ended without an answer")
  func idle() async throws {
    try await Fixture.run({ $0.limits.idle = .milliseconds(100) }) { fixture in
      let client = try await fixture.client()
      client.send(get("/hello"))
      #expect(await client.response()?.status == 200)
      #expect(await client.readToEnd() == "")
    }
  }

  @Test("connections over the limits get 503, are counted, and room is made by those that end")
  func case25_connections() async throws {
    try await Fixture.run({ $0.limits.connectionsPerAddress = 2 }) { fixture in
      let clients = [try await fixture.client(), try await fixture.client()]
      for client in clients {
        client.send(get("/hello"))
        #expect(await client.response()?.status == 200)
      }
      let third = try await fixture.client()
      #expect(await third.response()?.status == 503)
      #expect(fixture.listener.counters.refusedAddress == 1)
      #expect(fixture.listener.counters.open == 2)
      clients[0].close()
      var again = 503
      while again == 503 {
        let next = try await fixture.client()
        next.send(get("/hello"))
        again = await next.response()?.status ?? 503
      }
      #expect(again == 200)
    }
    try await Fixture.run({ $0.limits.connections = 1 }) { fixture in
      let first = try await fixture.client()
      first.send(get("/hello"))
      #expect(await first.response()?.status == 200)
      #expect(await (try fixture.client()).response()?.status == 503)
      #expect(fixture.listener.counters.refusedFull == 1)
    }
  }
}
