import HubTesting
import NIOCore
import OrderedJSON
import Testing
import WebSocketFrames

@testable import RealtimeServer

@Suite("A session over a websocket", .timeLimit(.minutes(2)))
struct WebSocketSessionTests {
  @Test("the open packet comes first and offers no upgrade")
  func opens() async throws {
    try await Stage.run { stage in
      let client = try await stage.upgrade("/api/ws/?EIO=4&transport=websocket")
      let text = try #require(await client.text())
      #expect(text.first == "0")
      #expect(try JSONValue(parsing: Array(text.utf8.dropFirst()))["upgrades"] == [])
    }
  }

  @Test(
    "an upgrade that is none is refused before the 101",
    arguments: [
      ("EIO=3&transport=websocket", "Unsupported protocol version"), ("EIO=4", "Transport unknown"),
      ("EIO=4&transport=websocket&sid=AAAAAAAAAAAAAAAAAAAA", "Session ID unknown"),
    ])
  func refused(query: String, message: String) async throws {
    try await Stage.run { stage in
      let answer = try #require(try await stage.request(upgradeRequest("/socket.io/?\(query)")))
      #expect(answer.status == 400)
      #expect(answer.body == message)
    }
  }

  @Test("a pong keeps the session, other traffic does not")
  func heartbeat() async throws {
    try await Stage.run { stage in
      let client = try await stage.webSocket()
      _ = try await client.join()
      try await stage.advance(25_000)
      #expect(await client.event() == .text(Array("2".utf8)))
      client.send("3")
      client.send(#"421["echo"]"#)
      #expect(await client.event() == .text(Array("431[]".utf8)))
      try await stage.advance(20_000)
      try await stage.advance(25_100)
      #expect(await client.event() == .text(Array("2".utf8)), "the next ping comes an interval after the pong")
      client.send(#"422["echo"]"#)
      #expect(await client.event() == .text(Array("432[]".utf8)))
      try await stage.advance(45_200)
      #expect(await client.event() == .close(code: nil, reason: []))
      #expect(await stage.root.gone.next() == .pingTimeout)
    }
  }

  @Test("the loop's own timer pings, and ends a session that does not answer")
  func timer() async throws {
    try await Stage.run {
      $0.pingInterval = .milliseconds(50)
      $0.pingTimeout = .milliseconds(50)
    } _: { stage in
      let client = try await stage.webSocket()
      #expect(await client.event() == .text(Array("2".utf8)))
      #expect(await client.event() == .close(code: nil, reason: []))
    }
  }

  @Test("what breaks the protocol ends the connection with an empty close frame, for the reference's reason", arguments: Misdeed.messages)
  func violations(text: String, reason: DisconnectReason) async throws {
    try await Stage.run { stage in
      let client = try await stage.webSocket()
      _ = try await client.join()
      for part in Misdeed.parts(of: text) { client.send(part) }
      #expect(await client.event() == .close(code: nil, reason: []))
      #expect(await stage.root.gone.next() == reason)
    }
  }

  @Test("a binary message nobody waits for, and an event before CONNECT, end the connection")
  func early() async throws {
    try await Stage.run { stage in
      let one = try await stage.webSocket()
      one.send([1, 2])
      #expect(await one.closed())
      let two = try await stage.webSocket()
      two.send(#"42["mark"]"#)
      #expect(await two.closed())
      #expect(stage.root.events.count == 0)
    }
  }

  @Test("deep nesting ends the connection, not the server")
  func case32_depth() async throws {
    try await Stage.run { stage in
      let client = try await stage.webSocket()
      _ = try await client.join()
      client.send("42[\"mark\"," + String(repeating: "[", count: 100_000))
      #expect(await client.closed())
      let other = try await stage.webSocket()
      _ = try await other.join()
    }
  }

  @Test("a connection that joins nothing in time is closed")
  func connectTimeout() async throws {
    try await Stage.run {
      $0.connectTimeout = .milliseconds(50)
    } _: { stage in
      let client = try await stage.webSocket()
      #expect(await client.event() == .close(code: nil, reason: []))
    }
  }

  @Test("a refused attempt does not stop that clock, a successful one does")
  func connectTimeoutAfterAttempts() async throws {
    try await Stage.run { stage in
      let (refused, joined) = (try await stage.webSocket(), try await stage.webSocket())
      refused.send("40{\"do\":\"refuse\"}")
      #expect(await refused.text() == #"44{"message":"no","data":{"code":7}}"#)
      _ = try await joined.join()
      try await stage.onSessions { $0.connectTimedOut() }
      #expect(await refused.event() == .close(code: nil, reason: []))
      joined.send(#"421["echo"]"#)
      #expect(await joined.text() == "431[]")
    }
  }

  @Test("the peer's close frame or a lost connection ends the session at once", arguments: [true, false])
  func peerCloses(frame: Bool) async throws {
    try await Stage.run { stage in
      let client = try await stage.webSocket()
      _ = try await client.join()
      if frame { client.raw.send(FrameHeader.frame(.close, [], role: .client)) } else { client.raw.close() }
      #expect(await stage.root.gone.next() == .transportClose)
      #expect(stage.server.counts().sessions == 0)
    }
  }

  @Test("a client that reads nothing is closed as slow; the others of its room get everything")
  func case15_webSocket() async throws {
    try await Stage.run { stage in
      let (slow, good) = (try await stage.webSocket(), try await stage.webSocket())
      _ = try await slow.join()
      _ = try await good.join()
      try await slow.raw.stopReading()
      let packet = EventPacket("n", arguments: Array("[\"\(String(repeating: "x", count: 100_000))\"]".utf8))
      var sent = 0
      while stage.root.gone.count == 0, sent < 2000 {
        stage.server.emit(namespace: "/", rooms: ["all"], packet: packet)
        sent += 1
        #expect(await good.text()?.utf8.count == 100_010)
      }
      #expect(await stage.root.gone.next() == .slowConsumer)
      #expect(stage.server.counters().closedSlow == 1)
      #expect(stage.server.counts().transports == 1)
    }
  }

  @Test("events over the rate are dropped and counted, and the application may still answer")
  func rate() async throws {
    try await Stage.run {
      $0.eventsPerSecond = 1
    } _: { stage in
      let client = try await stage.webSocket()
      _ = try await client.join()
      for id in 0..<3 { client.send("42\(id)[\"echo\"]") }
      #expect(await client.text() == "430[]")
      #expect(await client.text() == "431[]")
      #expect(await client.text() == #"432[{"ok":false}]"#)
      #expect(stage.root.limited.count == 1)
      #expect(stage.server.counters().droppedRateLimited == 1)
    }
  }
}
