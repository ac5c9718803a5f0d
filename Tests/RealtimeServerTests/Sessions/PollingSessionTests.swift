import EngineIO
import HubTesting
import NIOCore
import OrderedJSON
import Testing

@testable import RealtimeServer

@Suite("A polling session over HTTP", .timeLimit(.minutes(2)))
struct PollingSessionTests {
  @Test("the first answer is the open packet, on every engine path", arguments: ["/socket.io/", "/api/ws/", "/socket.io/x"])
  func opens(path: String) async throws {
    try await Stage.run { stage in
      let answer = try #require(try await stage.request(get("\(path)?EIO=4&transport=polling&t=1")))
      #expect(answer.status == 200)
      #expect(answer.fields["content-type"] == "text/plain; charset=UTF-8")
      #expect(answer.fields["cache-control"] == "no-store")
      let open = try JSONValue(parsing: Array(answer.body.utf8.dropFirst()))
      #expect(open.object?.keys == ["sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"])
      #expect(open["sid"]?.string?.count == 20)
      #expect(open["upgrades"] == ["websocket"])
      #expect(open["maxPayload"]?.int64 == 1_000_000)
    }
  }

  @Test(
    "refusals carry number and text",
    arguments: [
      ("EIO=4", 400, 0), ("EIO=4&transport=constructor", 400, 0), ("EIO=4&transport=polling&sid=__proto__", 400, 1),
      ("EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAA", 400, 1), ("EIO=4&transport=polling&sid=____________________", 400, 1),
      ("EIO=4&transport=websocket", 400, 3), ("EIO=3&transport=polling", 400, 5), ("transport=polling", 400, 5),
    ])
  func refuses(query: String, status: Int, code: Int64) async throws {
    try await Stage.run { stage in
      let answer = try #require(try await stage.request(get("/socket.io/?\(query)")))
      #expect(answer.status == status)
      #expect(answer.fields["content-type"] == "application/json")
      #expect(try JSONValue(parsing: Array(answer.body.utf8))["code"]?.int64 == code)
    }
  }

  @Test("a session cannot be opened by POST, nor by a foreign origin, which is counted and told; a listed one may")
  func handshake() async throws {
    let (refused, told) = AsyncStream.makeStream(of: String.self)
    try await Stage.run {
      $0.cors = CORSPolicy(.exact(["http://good.example"]))
      $0.onRefusedOrigin = { origin, _ in told.yield(origin) }
    } _: { stage in
      let target = "/socket.io/?EIO=4&transport=polling"
      #expect(try await stage.request(post(target, "40"))?.body == #"{"code":2,"message":"Bad handshake method"}"#)
      #expect(try await stage.request(get(target, "Origin: http://bad.example"))?.status == 403)
      #expect(stage.server.counters().refusedOrigins == 1)
      let named = await refused.first { _ in true }
      #expect(named == "http://bad.example")
      let good = try #require(try await stage.request(get(target, "Origin: http://good.example")))
      #expect(good.status == 200)
      #expect(good.fields["access-control-allow-origin"] == "http://good.example")
    }
  }

  @Test("a post is answered ok, and a waiting poll gets what it caused")
  func posts() async throws {
    try await Stage.run { stage in
      let client = try await stage.polling()
      let waiting = try await client.begin()
      let answer = try #require(try await client.post("40"))
      #expect(answer.status == 200)
      #expect(answer.body == "ok")
      #expect(answer.fields["content-type"] == "text/html")
      #expect(answer.fields["cache-control"] == "no-store")
      let polled = try #require(await waiting.response())
      #expect(polled.fields["cache-control"] == "no-store")
      let body = polled.body
      let packets = body.split(separator: "\u{1e}")
      #expect(packets.first?.hasPrefix("40{\"sid\":\"") == true)
      #expect(packets.last == #"42["hello"]"#)
      #expect(body.contains(client.sid) == false, "a socket's id is not the session's")
    }
  }

  @Test("binary goes both ways as base64")
  func binary() async throws {
    try await Stage.run { stage in
      let client = try await stage.polling()
      try await client.join()
      #expect(try await client.post("451-[\"echo\",{\"_placeholder\":true,\"num\":0}]\u{1e}bAQIDBA==")?.body == "ok")
      #expect(try await client.poll()?.body == "451-[\"back\",{\"_placeholder\":true,\"num\":0}]\u{1e}bAQIDBA==")
      #expect(try await client.post("451-[\"echo\",{\"_placeholder\":true,\"num\":0}]")?.body == "ok")
      #expect(try await client.post("bAQ==")?.body == "ok", "an attachment may come in a later post")
      #expect(try await client.poll()?.body.hasSuffix("bAQ==") == true)
    }
  }

  @Test("a poll is answered with at most sixteen packets, in order")
  func sixteen() async throws {
    try await Stage.run { stage in
      let client = try await stage.polling()
      try await client.join()
      _ = try await client.post(#"42["count",40]"#)
      var numbers: [String] = []
      while numbers.count < 40 {
        let packets = try #require(try await client.poll()).body.split(separator: "\u{1e}").map(String.init)
        #expect(packets.count <= 16)
        numbers += packets
      }
      #expect(numbers == (0..<40).map { "42[\"n\",\($0)]" })
    }
  }

  @Test("a second poll: the first gets a close packet, the second 400, the session is gone")
  func secondPoll() async throws {
    try await Stage.run { stage in
      let client = try await stage.polling()
      try await client.join()
      let (one, two) = (try await client.begin(), try await client.begin())
      let answers = [try #require(await one.response()), try #require(await two.response())].sorted { $0.status < $1.status }
      #expect(answers.map(\.status) == [200, 400])
      #expect(answers[0].body == "1")
      #expect(try await client.poll()?.body == #"{"code":1,"message":"Session ID unknown"}"#)
      #expect(await stage.root.gone.next() == .transportError)
    }
  }

  @Test("a second post while one is under way ends the session")
  func secondPost() async throws {
    try await Stage.run { stage in
      let client = try await stage.polling()
      try await client.join()
      let slow = try await stage.raw()
      slow.send("POST \(client.target) HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n42[")
      let other = try await stage.raw()
      other.send("POST \(client.target) HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n42[")
      #expect(await stage.root.gone.next() == .transportError)
      slow.send("\"mark\"]")
      #expect(await slow.response()?.status == 400)
      #expect(stage.root.events.count == 0)
    }
  }

  @Test("an abandoned poll or post ends the session at once", arguments: [true, false])
  func abandoned(isPoll: Bool) async throws {
    try await Stage.run { stage in
      let client = try await stage.polling()
      try await client.join()
      let raw = try await stage.raw()
      raw.send(isPoll ? get(client.target) : "POST \(client.target) HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n42[")
      // A ping of the other direction would not do: the request has to be known before the client goes.
      if isPoll { while await stage.isPolled(client) == false {} } else { while await stage.isPosting(client) == false {} }
      raw.close()
      #expect(await stage.root.gone.next() == .transportError)
      #expect(try await client.poll()?.status == 400)
    }
  }

  @Test("a close packet from the client frees its poll with a noop")
  func clientCloses() async throws {
    try await Stage.run { stage in
      let client = try await stage.polling()
      try await client.join()
      let waiting = try await client.begin()
      while await stage.isPolled(client) == false {}
      #expect(try await client.post("1")?.body == "ok")
      #expect(await waiting.response()?.body == "6")
      #expect(await stage.root.gone.next() == .transportClose)
      #expect(try await client.poll()?.status == 400)
    }
  }

  @Test("what is no payload is refused and ends the session", arguments: ["abc", "", "42[\"mark\"]\u{1e}", "b!"])
  func badPayload(body: String) async throws {
    try await Stage.run { stage in
      let client = try await stage.polling()
      try await client.join()
      #expect(try await client.post(body)?.status == 400)
      #expect(await stage.root.gone.next() == .parseError)
      #expect(try await client.poll()?.body == #"{"code":1,"message":"Session ID unknown"}"#)
    }
  }

  @Test("what breaks the protocol ends the session for the reference's reason", arguments: Misdeed.messages)
  func violations(text: String, reason: DisconnectReason) async throws {
    try await Stage.run { stage in
      let client = try await stage.polling()
      try await client.join()
      _ = try await client.post(Misdeed.parts(of: text).joined(separator: "\u{1e}"))
      #expect(await stage.root.gone.next() == reason)
      // The layer above closes in order: the next poll is told.
      if reason == .forcedClose || reason == .forcedServerClose { #expect(try await client.poll()?.body == "6\u{1e}1") }
      #expect(try await client.poll()?.body == #"{"code":1,"message":"Session ID unknown"}"#)
    }
  }

  @Test("a binary content type is refused and ends the session")
  func octetStream() async throws {
    try await Stage.run { stage in
      let client = try await stage.polling()
      try await client.join()
      #expect(try await client.post(#"42["mark"]"#, "Content-Type: application/octet-stream")?.status == 400)
      #expect(await stage.root.gone.next() == .transportError)
      #expect(try await client.poll()?.status == 400)
      #expect(stage.root.events.count == 0)
    }
  }

  @Test("a body over the limit is 413 by bytes, and the session stays usable")
  func tooLarge() async throws {
    try await Stage.run {
      $0.maxPayload = 100
    } _: { stage in
      let client = try await stage.polling()
      try await client.join()
      let event = "42[\"mark\",\""
      let filler = String(repeating: "é", count: (100 - event.utf8.count - 2) / 2)
      #expect(try await client.post(event + filler + "é\"]")?.status == 413)
      let exact = event + filler + "\"]"
      #expect(try await client.post(exact + String(repeating: " ", count: 100 - exact.utf8.count))?.status == 200)
      #expect(await stage.root.events.next().hasPrefix("mark[") == true)
    }
  }

  @Test("kicked while it polls: the packets, then noop and close, then unknown")
  func kicked() async throws {
    try await Stage.run { stage in
      let client = try await stage.polling()
      try await client.join()
      #expect(try await client.post(#"42["bye-all"]"#)?.body == "ok")
      #expect(try await client.poll()?.body == "41")
      #expect(try await client.poll()?.body == "6\u{1e}1")
      #expect(try await client.poll()?.body == #"{"code":1,"message":"Session ID unknown"}"#)
    }
  }

  @Test("kicked while its poll waits: the poll brings the packets, the next one noop and close")
  func kickedWaiting() async throws {
    try await Stage.run { stage in
      let client = try await stage.polling()
      try await client.join()
      let waiting = try await client.begin()
      while await stage.isPolled(client) == false {}
      #expect(try await client.post(#"42["bye-all"]"#)?.body == "ok")
      #expect(await waiting.response()?.body == "41")
      #expect(try await client.poll()?.body == "6\u{1e}1")
      #expect(try await client.poll()?.body == #"{"code":1,"message":"Session ID unknown"}"#)
      #expect(await stage.root.gone.next() == .serverNamespaceDisconnect)
    }
  }

  @Test("pings come by polling, and without a pong the session ends")
  func heartbeat() async throws {
    try await Stage.run { stage in
      let client = try await stage.polling()
      try await stage.advance(25_000)
      #expect(try await client.poll()?.body == "2")
      #expect(try await client.post("3")?.body == "ok")
      try await stage.advance(25_100)
      #expect(try await client.poll()?.body == "2")
      let waiting = try await client.begin()
      while await stage.isPolled(client) == false {}
      try await stage.advance(45_200)
      #expect(await waiting.response()?.body == "1", "other polls do not count as a pong")
      #expect(try await client.poll()?.status == 400)
    }
  }

  @Test("volatile packets without a waiting poll are dropped")
  func volatile() async throws {
    try await Stage.run { stage in
      let client = try await stage.polling()
      try await client.join()
      stage.server.emit(namespace: "/", packet: EventPacket("lost", arguments: Array("[]".utf8)), flags: .volatile)
      stage.server.emit(namespace: "/", packet: EventPacket("kept", arguments: Array("[]".utf8)))
      #expect(try await client.poll()?.body == #"42["kept"]"#)
      #expect(stage.server.counters().droppedVolatile == 1)
    }
  }

  @Test("a client whose backlog overflows with the answer to its CONNECT is gone, and so is its socket")
  func slowToJoin() async throws {
    try await Stage.run {
      $0.pollingBacklog = 20
    } _: { stage in
      let client = try await stage.polling()
      #expect(try await client.post("40")?.body == "ok")
      #expect(await stage.root.gone.next() == .slowConsumer)
      let counts = stage.server.counts()
      #expect(counts.byNamespace == [:])
      #expect(counts.transports == 0)
      for loop in stage.server.loops {
        #expect(try await loop.eventLoop.submit { loop.sockets.count }.get() == 0)
      }
      stage.server.emit(namespace: "/", rooms: ["all"], packet: EventPacket("n", arguments: Array("[]".utf8)))
      #expect(stage.root.gone.count == 0)
    }
  }

  @Test(
    "a post that is refused for what it is leaves the session as it was",
    arguments: [
      ("websocket", "X-A: b", 3), ("carrier-pigeon", "X-A: b", 0), ("polling", "Origin: http://a b", 3),
    ])
  func refusedPost(transport: String, field: String, code: Int) async throws {
    try await Stage.run { stage in
      let client = try await stage.polling()
      try await client.join()
      let target = "/socket.io/?EIO=4&transport=\(transport)&sid=\(client.sid)"
      let refused = try #require(try await stage.request(post(target, "42[\"mark\"]", field)))
      #expect(refused.status == 400)
      #expect(refused.body.hasPrefix("{\"code\":\(code),"))
      let cut = try await stage.raw()
      cut.send("POST \(target) HTTP/1.1\r\nHost: a\r\n\(field)\r\nContent-Length: 9\r\n\r\n42[")
      cut.closeOutput()
      _ = await cut.readToEnd()
      #expect(try await client.post(#"42["echo",1]"#)?.body == "ok")
      #expect(try await client.poll()?.body == #"42["back",1]"#)
    }
  }

  @Test("a client that does not fetch its packets is closed as slow")
  func case15_polling() async throws {
    try await Stage.run {
      $0.pollingBacklog = 1000
    } _: { stage in
      let client = try await stage.polling()
      try await client.join()
      _ = try await client.post(#"42["count",200]"#)
      #expect(await stage.root.gone.next() == .slowConsumer)
      #expect(stage.server.counters().closedSlow == 1)
    }
  }
}

extension Stage {
  /// What the session of this client says about itself, asked on its loop.
  func ask<Answer: Sendable>(_ client: PollingClient, _ question: @escaping @Sendable (Session) -> Answer) async -> Answer? {
    guard let key = TableKey(text: client.sid.utf8) else { return nil }
    let loop = server.loops[key.loop]
    return try? await loop.eventLoop.submit { loop.session(key).map(question) }.get()
  }

  func isPolled(_ client: PollingClient) async -> Bool { await ask(client) { $0.engine.isPolled } ?? true }
  func isPosting(_ client: PollingClient) async -> Bool { await ask(client) { $0.engine.isPosting } ?? true }
}
