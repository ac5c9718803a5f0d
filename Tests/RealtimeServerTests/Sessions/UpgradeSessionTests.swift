import Dispatch
import HubTesting
import NIOCore
import NIOPosix
import Synchronization
import Testing
import WebSocketFrames

@testable import RealtimeServer

@Suite("From polling to a websocket", .timeLimit(.minutes(2)))
struct UpgradeSessionTests {
  func probe(_ client: PollingClient) async throws -> SocketIOClient {
    let socket = try await client.stage.upgrade("\(client.path)?EIO=4&transport=websocket&sid=\(client.sid)")
    socket.send("2probe")
    #expect(await socket.text() == "3probe")
    return socket
  }

  @Test("from the probe on every poll is freed; after it the rest comes by websocket, first what waited")
  func upgrade() async throws {
    try await Stage.run { stage in
      let client = try await stage.polling()
      try await client.join()
      let waiting = try await client.begin()
      while await stage.isPolled(client) == false {}
      let socket = try await probe(client)
      #expect(await waiting.response()?.body == "6")
      #expect(try await client.poll()?.body == "6")
      #expect(try await client.poll()?.body == "6")
      _ = try await client.post(#"42["count",2]"#)
      #expect(await isSilent(socket))
      socket.send(FrameHeader.frame(.text, Array("5".utf8), role: .client), andText: #"421["echo","after"]"#)
      #expect(await socket.text() == "42[\"n\",0]")
      #expect(await socket.text() == "42[\"n\",1]")
      #expect(await socket.text() == #"431["after"]"#)
      #expect(try await client.poll()?.body == #"{"code":3,"message":"Bad request"}"#)
      #expect(try await client.post("42[\"mark\"]")?.status == 400)
      let second = try await stage.upgrade("/socket.io/?EIO=4&transport=websocket&sid=\(client.sid)")
      #expect(await second.closed())
      socket.send(#"422["echo"]"#)
      #expect(await socket.text() == "432[]", "the session is unharmed")
      #expect(stage.server.counters().upgrades == 1)
      #expect(stage.server.counts().transports == 1)
    }
  }

  /// Whether nothing was sent by this WebSocket that has not been read: the answer to a ping comes next.
  private func isSilent(_ socket: SocketIOClient) async -> Bool {
    socket.raw.send(FrameHeader.frame(.ping, [7], role: .client))
    return await socket.event() == .pong([7])
  }

  @Test("with traffic in flight nothing is lost, doubled, reordered or sent by websocket too early", arguments: 0..<6)
  func traffic(round: Int) async throws {
    try await Stage.run { stage in
      let client = try await stage.polling()
      try await client.join()
      // What is emitted at each step is under way while the step is taken.
      let (steps, step) = AsyncStream.makeStream(of: Void.self)
      let emitter = Task.detached {
        var total = 0
        for await _ in steps {
          for number in total..<total + 50 {
            stage.server.emit(namespace: "/", rooms: ["all"], packet: EventPacket("n", arguments: Array("[\(number)]".utf8)))
          }
          total += 50
        }
        return total
      }
      var seen: [String] = []
      func poll() async throws {
        step.yield()
        seen += try #require(try await client.poll()).body.split(separator: "\u{1e}").map(String.init)
      }
      for _ in 0..<3 { try await poll() }
      let socket = try await stage.upgrade("/socket.io/?EIO=4&transport=websocket&sid=\(client.sid)")
      try await poll()
      socket.send("2probe")
      step.yield()
      #expect(await socket.text() == "3probe")
      try await poll()
      #expect(await isSilent(socket))
      step.yield()
      socket.send("5")
      step.yield()
      step.finish()
      seen.removeAll { $0 == "6" }
      let total = await emitter.value
      while seen.count < total, let text = await socket.text() { seen.append(text) }
      #expect(seen == (0..<total).map { "42[\"n\",\($0)]" })
      #expect(await isSilent(socket), "nothing came twice")
    }
  }

  @Test("a wrong first packet or a lost probe leaves polling as it is, and a fresh probe works")
  func abandoned() async throws {
    try await Stage.run { stage in
      let client = try await stage.polling()
      try await client.join()
      let wrong = try await stage.upgrade("/socket.io/?EIO=4&transport=websocket&sid=\(client.sid)")
      wrong.send("4hello")
      #expect(await wrong.closed())
      let lost = try await probe(client)
      lost.raw.close()
      while await stage.ask(client, { $0.probe != nil }) == true {}
      _ = try await client.post(#"42["echo",1]"#)
      #expect(try await client.poll()?.body == #"42["back",1]"#)
      let socket = try await probe(client)
      socket.send("5")
      socket.send(#"427["echo"]"#)
      #expect(await socket.text() == "437[]")
    }
  }

  @Test("an upgrade that is not finished in time closes the websocket only")
  func timeout() async throws {
    try await Stage.run { stage in
      let client = try await stage.polling()
      try await client.join()
      let socket = try await probe(client)
      try await stage.advance(10_000)
      #expect(await socket.closed())
      _ = try await client.post(#"42["echo",1]"#)
      #expect(try await client.packets(through: #"42["back",1]"#).last == #"42["back",1]"#)
    }
  }

  /// The stock client stops polling at `3probe`: a WebSocket that closes under it before it has moved leaves it deaf.
  @Test("a client that moves while the server goes down moves first, gets what waited, and is closed by websocket")
  func shutdown() async throws {
    try await Stage.run { stage in
      let client = try await stage.polling()
      try await client.join()
      let socket = try await probe(client)
      _ = try await client.post(#"42["count",1]"#)
      async let down: Void = stage.server.shutdown(drain: .minutes(1))
      while await stage.ask(client, { $0.loop.isShuttingDown }) == false {}
      _ = try await client.post("40/whatsapp,")
      #expect(stage.server.counts().transports == 1, "it is still there")
      socket.send("5")
      #expect(await socket.text() == #"42["n",0]"#)
      #expect(await socket.event() == .close(code: CloseCode.goingAway, reason: []))
      await down
      #expect(await stage.root.gone.next() == .serverShuttingDown)
      #expect(stage.server.counts().sessions == 0)
    }
  }

  @Test("a client that does not move in time is closed when the server's time is over")
  func shutdownForced() async throws {
    try await Stage.run { stage in
      let client = try await stage.polling()
      try await client.join()
      let socket = try await probe(client)
      await stage.server.shutdown(drain: .milliseconds(50))
      #expect(await socket.closed())
      #expect(try await client.poll()?.body == #"{"code":1,"message":"Session ID unknown"}"#)
    }
  }

  @Test("a probe that nobody has answered is closed when the server goes down, and the poll fails")
  func shutdownBeforeProbe() async throws {
    try await Stage.run { stage in
      let client = try await stage.polling()
      try await client.join()
      let waiting = try await client.begin()
      while await stage.isPolled(client) == false {}
      let socket = try await stage.upgrade("\(client.path)?EIO=4&transport=websocket&sid=\(client.sid)")
      while await stage.ask(client, { $0.probe == nil }) == true {}
      await stage.server.shutdown(drain: .minutes(1))
      #expect(await waiting.response()?.status == 400)
      #expect(await socket.closed())
    }
  }

  @Test("a server that goes down takes no probe")
  func shutdownRefusesProbe() async throws {
    try await Stage.run { stage in
      let client = try await stage.polling()
      try await client.join()
      for loop in stage.server.loops { try await loop.eventLoop.submit { loop.isShuttingDown = true }.get() }
      let socket = try await stage.upgrade("\(client.path)?EIO=4&transport=websocket&sid=\(client.sid)")
      #expect(await socket.closed())
      #expect(await stage.ask(client, { $0.isOver }) == false)
    }
  }

  @Test("a client that vanishes while it upgrades is missed when its pong does not come")
  func vanishes() async throws {
    try await Stage.run {
      $0.upgradeTimeout = .seconds(30)
      $0.connectTimeout = .hours(1)
    } _: { stage in
      let client = try await stage.polling()
      let socket = try await stage.raw()
      socket.send(upgradeRequest("/socket.io/?EIO=4&transport=websocket&sid=\(client.sid)"))
      #expect(await socket.read(through: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
      for seconds: Int64 in [25, 31] {
        try await stage.advance(seconds * 1000)
        #expect(stage.server.counts().sessions == 1, "neither the ping nor the end of the upgrade's time ends it")
      }
      try await stage.advance(46_000)
      #expect(stage.server.counts().sessions == 0, "the want of a pong does")
    }
  }

  @Test("volatile packets flow again once a websocket on another loop has been read")
  func volatileAgain() async throws {
    try await Stage.run { stage in
      let (client, socket) = try await remote(stage)
      let connection = try #require(await stage.ask(client) { ($0.link as? RemoteLink)?.eventLoop } ?? nil)
      try await socket.raw.stopReading()
      let packet = EventPacket("n", arguments: Array("[\"\(String(repeating: "x", count: 100_000))\"]".utf8))
      while stage.server.counters().droppedVolatile == 0 {
        stage.server.emit(namespace: "/", packet: packet, flags: .volatile)
        // Until it has crossed to the connection's loop: first it leaves the session's.
        for _ in 0..<2 { _ = await stage.ask(client) { _ in } }
        try await connection.submit {}.get()
      }
      socket.raw.startReading()
      while await stage.ask(client, { $0.link?.isWritable }) == false { await Task.yield() }
      stage.server.emit(namespace: "/", packet: EventPacket("end", arguments: Array("[]".utf8)), flags: .volatile)
      var last = await socket.text()
      while let text = last, text != #"42["end"]"# { last = await socket.text() }
      #expect(last == #"42["end"]"#)
    }
  }

  @Test("a websocket that is faster than its session on another loop has to wait, and loses nothing")
  func case32_faster() async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    try await Stage.run(group: group) { stage in
      let (client, socket) = try await remote(stage)
      let link = try #require(await stage.ask(client) { $0.link as? RemoteLink } ?? nil)
      let home = stage.server.loops[try #require(TableKey(text: client.sid.utf8)).loop].eventLoop
      let gate = DispatchSemaphore(value: 0)
      home.execute { gate.wait() }
      let event = Array((#"42["mark",""# + String(repeating: "x", count: 100_000) + #""]"#).utf8)
      let flood = Array(repeatElement(FrameHeader.frame(.text, event, role: .client), count: 300).joined())
      async let isSent = socket.raw.sendAll(flood)
      while link.underWay.load(ordering: .relaxed) <= RemoteLink.maxUnderWay { await Task.yield() }
      // In each of these turns the loop would read again what the client has filled the connection with meanwhile.
      for _ in 0..<2000 { try await link.eventLoop.submit {}.get() }
      #expect(link.underWay.load(ordering: .relaxed) < RemoteLink.maxUnderWay + (1 << 20))
      gate.signal()
      #expect(await isSent)
      for _ in 0..<300 { #expect(await stage.root.events.next().hasPrefix("mark[")) }
      #expect(link.underWay.load(ordering: .relaxed) <= event.count + RemoteLink.perMessage)
    }
    try await group.shutdownGracefully()
  }

  @Test("a session whose websocket is on a loop that falls behind is closed as slow, before what is under way has no end")
  func case15_behind() async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    try await Stage.run(group: group) { stage in
      let (client, socket) = try await remote(stage)
      let link = try #require(await stage.ask(client) { $0.link as? RemoteLink } ?? nil)
      let id = try #require(await stage.ask(client) { $0.joinedSockets.first?.id } ?? nil)
      let gate = DispatchSemaphore(value: 0)
      link.eventLoop.execute { gate.wait() }
      let packet = EventPacket("n", arguments: Array("[\"\(String(repeating: "x", count: 100_000))\"]".utf8))
      for _ in 0..<200 where stage.server.counters().closedSlow == 0 {
        stage.server.emit(to: id, packet: packet)
        // Until it has left the session's loop.
        for _ in 0..<2 { _ = await stage.ask(client) { _ in } }
      }
      #expect(stage.server.counters().closedSlow == 1)
      #expect(link.outbound.load(ordering: .relaxed) <= RemoteLink.maxOutbound + 200_000)
      gate.signal()
      while link.outbound.load(ordering: .relaxed) > 0 { await Task.yield() }
      socket.raw.close()
    }
    try await group.shutdownGracefully()
  }

  /// A session whose WebSocket is on another loop than itself.
  private func remote(_ stage: Stage) async throws -> (PollingClient, SocketIOClient) {
    for attempt in 0..<100 {
      let client = try await stage.polling()
      try await client.join()
      // A connection takes one turn of the group, or two where the clients are on it: one more, every other time, reaches another loop.
      if attempt % 2 == 1 { _ = stage.group.next() }
      let socket = try await probe(client)
      socket.send("5")
      socket.send(#"421["echo"]"#)
      #expect(await socket.text() == "431[]")
      if await stage.ask(client, { $0.link is RemoteLink }) == true { return (client, socket) }
      socket.raw.close()
    }
    throw ChannelError.operationUnsupported
  }

  @Test("rooms survive, and a websocket on another loop than the session serves as well", arguments: 0..<4)
  func rooms(round: Int) async throws {
    try await Stage.run { stage in
      let client = try await stage.polling()
      try await client.join()
      for _ in 0..<round { _ = MultiThreadedEventLoopGroup.singleton.next() }
      let socket = try await probe(client)
      socket.send("5")
      socket.send(#"421["join","late"]"#)
      #expect(await socket.text() == #"431["ok"]"#)
      for room in ["late", "all"] {
        stage.server.emit(namespace: "/", rooms: [room], packet: EventPacket(room, arguments: Array("[]".utf8)))
        #expect(await socket.text() == "42[\"\(room)\"]")
      }
      socket.raw.send(FrameHeader.frame(.close, [], role: .client))
      #expect(await stage.root.gone.next() == .transportClose)
    }
  }
}

extension SocketIOClient {
  /// A frame and a text message in one segment.
  func send(_ frame: [UInt8], andText text: String) {
    raw.send(frame + FrameHeader.frame(.text, Array(text.utf8), role: .client))
  }
}
