import EngineIO
import HubTesting
import NIOCore
import SocketIO
import Testing
import WebSocketFrames

@testable import RealtimeServer

@Suite("Case 33: clients that send next to nothing", .timeLimit(.minutes(2)))
struct Case33SlowlorisTests {
  /// A masked frame's beginning: less of it than it declares.
  static let beginnings: [(String, [UInt8])] = [
    ("half a header", [0x81]), ("half a length", [0x82, 0xFE, 0x10]), ("half a payload", [0x81, 0x85, 0, 0, 0, 0, 0x61]),
    ("a fragment", [0x01, 0x81, 0, 0, 0, 0, 0x61]), ("an empty fragment", [0x02, 0x80, 0, 0, 0, 0]),
    ("half a ping", [0x89, 0x84, 0, 0, 0, 0, 0x61]),
  ]

  @Test("a websocket message that is begun and not ended is closed with 1008 at its deadline", arguments: beginnings)
  func case33_frame(name: String, bytes: [UInt8]) async throws {
    try await Fixture.run({ $0.webSocket.messageDeadline = .milliseconds(200) }) { fixture in
      let client = try await SocketClient.open(fixture)
      client.raw.send(bytes)
      #expect(await client.next() == .close(code: 1008, reason: []))
      #expect(await client.next() == nil)
      #expect(await fixture.engine.closed.next() == .violation(code: 1008))
      #expect(fixture.listener.counters.timeouts == 1)
    }
  }

  @Test("neither fragments that drip nor pings between them buy a message more time")
  func case33_dripping() async throws {
    try await Fixture.run({
      $0.webSocket.messageDeadline = .milliseconds(300)
      // The fragments come as fast as the pongs, which must not count as a fair rate.
      $0.webSocket.messageRate = 1 << 40
    }) { fixture in
      let client = try await SocketClient.open(fixture)
      client.send("whole")
      #expect(await client.next() == .text(Array("whole".utf8)))
      client.raw.send([0x01, 0x81, 0, 0, 0, 0, 0x61])
      var last: FrameEvent?
      repeat {
        client.send(.ping, [1])
        last = await client.next()
        client.raw.send([0x00, 0x81, 0, 0, 0, 0, 0x61])
      } while last == .pong([1])
      #expect(last == .close(code: 1008, reason: []))
    }
  }

  @Test("a connection between messages has no such deadline, and a message that arrives at a fair rate earns time")
  func case33_fair() async throws {
    try await Fixture.run({
      $0.webSocket.messageDeadline = .milliseconds(50)
      $0.webSocket.messageRate = 1000
    }) { fixture in
      let client = try await SocketClient.open(fixture)
      // 2000 bytes at the least rate are two seconds, however they come, and however late the rest of them.
      let message = FrameHeader.frame(.binary, [UInt8](repeating: 7, count: 4000), role: .client)
      client.raw.send(Array(message.prefix(2000)))
      try await outliveMessage(on: fixture)
      client.raw.send(Array(message.dropFirst(2000)))
      #expect(await client.next() == .binary([UInt8](repeating: 7, count: 4000)))
      try await outliveMessage(on: fixture)
      client.send("still here")
      #expect(await client.next() == .text(Array("still here".utf8)))
    }
  }

  /// Waits until the deadline of a message has passed: another client's, which is closed for it.
  private func outliveMessage(on fixture: Fixture) async throws {
    let other = try await SocketClient.open(fixture)
    other.raw.send([0x81])
    #expect(await other.next() == .close(code: 1008, reason: []))
  }

  /// Sends one piece after the other, over more time than the deadline is. The time is real, because that is what is tested: bytes go on
  /// coming while the deadline passes, and don't put it off.
  private func drip(_ pieces: some Sequence<[UInt8]>, to client: RawClient) async throws {
    for piece in pieces {
      try await Task.sleep(for: .milliseconds(20))
      client.send(piece)
    }
  }

  @Test("an upgrade whose head drips is answered 408; one that is complete is not")
  func case33_upgrade() async throws {
    try await Fixture.run({ $0.limits.headDeadline = .milliseconds(300) }) { fixture in
      let client = try await fixture.client()
      // The time of a further head begins with its first byte, and not with a connection on which a busy machine is late with it.
      client.send(get("/hello"))
      #expect(await client.response()?.status == 200)
      let head = Array(upgradeRequest(socketTarget).utf8)
      client.send(Array(head.prefix(60)))
      async let answer = client.response()
      try await drip(head[60..<80].map { [$0] }, to: client)
      #expect(await answer?.status == 408)
      #expect(fixture.listener.counters.timeouts == 1)
    }
  }

  @Test("bytes of a body that drip buy no more time than they are worth")
  func case33_body() async throws {
    try await Fixture.run({ $0.limits.bodyDeadline = .milliseconds(300) }) { fixture in
      let client = try await fixture.client()
      client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n")
      async let answer = client.response()
      try await drip(repeatElement(Array("x".utf8), count: 20), to: client)
      #expect(await answer?.status == 408)
    }
  }

  @Test("a chunk whose extension never ends is cut off like any slow body")
  func case33_chunkExtension() async throws {
    try await Fixture.run({ $0.limits.bodyDeadline = .milliseconds(300) }) { fixture in
      let client = try await fixture.client()
      client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a=")
      async let answer = client.response()
      try await drip(repeatElement([UInt8](repeating: UInt8(ascii: "b"), count: 10_000), count: 20), to: client)
      let status = await answer?.status
      #expect(status == 408 || status == 400 || status == 431)
      #expect(fixture.routes.seen.count == 0)
    }
  }

  @Test("a polling client whose post drips loses its session; others do not")
  func case33_polling() async throws {
    try await Stage.run({ _ in }, listening: { $0.limits.bodyDeadline = .milliseconds(300) }) { stage in
      let (slow, other) = (try await stage.polling(), try await stage.polling())
      try await other.join()
      let post = try await stage.raw()
      post.send("POST \(slow.target) HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n4")
      #expect(await post.response()?.status == 408)
      #expect(try await slow.poll()?.status == 400)
      #expect(try await other.post(#"42["echo",1]"#)?.status == 200)
      #expect(try await other.packets(through: #"42["back",1]"#) == [#"42["back",1]"#])
    }
  }

  /// What the only session says about itself.
  private func only<Answer: Sendable>(_ stage: Stage, _ question: @escaping @Sendable (Session) -> Answer) async throws -> Answer {
    let answer = Mailbox<Answer>()
    try await stage.onSessions { answer.put(question($0)) }
    return await answer.next()
  }

  @Test("a packet whose next attachment does not come within its deadline ends its session at the ping after it")
  func case33_attachments() async throws {
    try await Stage.run({ $0.attachmentDeadline = .seconds(40) }) { stage in
      let client = try await stage.webSocket()
      _ = try await client.join()
      let packet = #"452-["mark",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#
      client.send(packet)
      client.send([1])
      client.send([2])
      client.send(packet)
      client.send([3])
      #expect(await stage.root.events.next().hasPrefix("mark["))
      while try await only(stage, { $0.assembler.awaited.map { [Int($0.packet), $0.attachment] } }) != [2, 1] { await Task.yield() }
      for time: Int64 in [26_000, 52_000] {
        try await stage.advance(time)
        #expect(await client.event() == .text(Array("2".utf8)))
        client.send("3")
        while try await only(stage, { $0.engine.isAwaitingPong }) { await Task.yield() }
      }
      #expect(stage.server.counts().sessions == 1)
      try await stage.advance(78_000)
      #expect(await client.closed())
      #expect(stage.server.counters().protocolErrors == 1)
    }
  }

  @Test("who takes an answer at next to no speed is cut off")
  func case33_slowReader() async throws {
    try await Fixture.run({ $0.limits.idle = .milliseconds(300) }) { fixture in
      let client = try await fixture.client()
      try await client.stopReading()
      client.send(get("/big"))
      while fixture.listener.counters.accepted == 0 || fixture.listener.counters.open > 0 { await Task.yield() }
      #expect(fixture.listener.counters.open == 0)
    }
  }
}
