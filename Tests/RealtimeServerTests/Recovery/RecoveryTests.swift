import HubTesting
import NIOCore
import OrderedJSON
import Synchronization
import Testing
import WebSocketFrames

@testable import RealtimeServer

@Suite("Connection state recovery", .timeLimit(.minutes(3)))
struct RecoveryTests {
  @Test("unless it is configured there are no private ids and no offsets")
  func off() async throws {
    try await Stage.run { stage in
      let client = try await stage.webSocket()
      let joined = try await client.enter()
      #expect(joined.pid == nil)
      #expect(await client.text() == #"42["hello"]"#)
      stage.emit(1)
      #expect(await client.text() == #"42["n",1]"#)
    }
  }

  @Test("offsets are the last argument of what is kept, broadcast or sent to one; volatile packets and acked ones have none")
  func offsets() async throws {
    try await Stage.recovering { stage in
      let client = try await stage.webSocket()
      let joined = try await client.enter()
      #expect(joined.pid?.utf8.count == 20 && joined.pid != joined.sid)
      await client.welcomed()
      stage.emit(1)
      #expect(await client.text() == #"42["n",1,"1.0"]"#)
      let id = try #require(SocketID(joined.sid))
      stage.server.emit(to: id, packet: EventPacket("d", arguments: Array("[{}]".utf8), offset: "2.0"))
      #expect(await client.text() == #"42["d",{},"2.0"]"#)
      stage.server.emit(to: id, packet: EventPacket("d", arguments: Array("[{}]".utf8)))
      #expect(await client.text() == #"42["d",{}]"#)
      stage.emit(3, flags: .volatile)
      #expect(await client.text() == #"42["n",3]"#)
      stage.server.emit(to: id, packet: EventPacket("q", arguments: Array("[]".utf8), offset: "4.0"), timeout: .seconds(5)) { _ in }
      #expect(await client.text() == #"420["q"]"#)
    }
  }

  @Test("a client that comes back has its id, its rooms and what it missed, on whichever loop")
  func recovered() async throws {
    try await Stage.recovering { stage in
      var client = try await stage.webSocket()
      var joined = try await client.enter()
      let (sid, pid) = (joined.sid, joined.pid)
      let id = try #require(SocketID(sid))
      await client.welcomed()
      client.send(#"420["join","mine"]"#)
      #expect(await client.text() == #"430["ok"]"#)
      for round in 0..<12 {
        let number = round * 10
        stage.emit(number, rooms: ["mine"])
        #expect(await client.text() == #"42["n",\#(number),"\#(number).0"]"#)
        client.raw.close()
        #expect(await stage.root.gone.next() == .transportClose)
        stage.emit(number + 1, rooms: ["mine", "all"])
        stage.emit(number + 2, rooms: ["foreign"])
        stage.emit(number + 3)
        stage.emit(number + 4, except: [id])
        stage.emit(number + 5, rooms: [sid])
        stage.emit(number + 6, flags: .volatile)
        client = try await stage.webSocket()
        joined = try await client.enter(joined.payload("\(number).0"))
        #expect(joined.sid == sid && joined.pid == pid)
        #expect(joined.before == [1, 3, 5].map { #"42["n",\#(number + $0),"\#(number + $0).0"]"# })
        await client.welcomed()
        // Reached as before: by id, by room, by leaving out.
        stage.server.emit(to: id, packet: EventPacket("d", arguments: Array("[1]".utf8)))
        #expect(await client.text() == #"42["d",1]"#)
        stage.emit(number + 7, except: [id])
        stage.emit(number + 8, rooms: [sid])
        #expect(await client.text() == #"42["n",\#(number + 8),"\#(number + 8).0"]"#)
      }
      let counters = stage.server.counters()
      #expect(counters.recovered == 12 && counters.unrecovered == 0)
      #expect(stage.server.counts().byNamespace == ["/": 1])
      client.send("41")
      #expect(await stage.root.gone.next() == .clientNamespaceDisconnect)
      #expect(stage.server.loops.allSatisfy { loop in loop.meters.population.withLock { $0.byNamespace.isEmpty } })
    }
  }

  @Test("polling clients come back too, and from one transport to the other")
  func polling() async throws {
    try await Stage.recovering { stage in
      let polling = try await stage.polling()
      _ = try await polling.post("40")
      let first = try #require(try await polling.poll()?.body.split(separator: "\u{1e}").first?.dropFirst(2))
      let answer = try JSONValue(parsing: Array(first.utf8))
      let (sid, pid) = (try #require(answer["sid"]?.string), try #require(answer["pid"]?.string))
      stage.emit(1)
      #expect(try await polling.poll()?.body.contains(#"42["n",1,"1.0"]"#) == true)
      let waiting = try await polling.begin()
      while await stage.isPolled(polling) == false {}
      waiting.close()
      #expect(await stage.root.gone.next() == .transportError)
      stage.emit(2)
      let client = try await stage.webSocket()
      let joined = try await client.enter(#"{"pid":"\#(pid)","offset":"1.0"}"#)
      #expect(joined.sid == sid && joined.before == [#"42["n",2,"2.0"]"#])
    }
  }

  @Test("who left, or was sent away, does not get its socket back", arguments: ["41", #"42["bye"]"#, #"42["bye-all"]"#, "x"])
  func deliberate(ending: String) async throws {
    try await Stage.recovering { stage in
      let (client, joined) = try await stage.reached()
      client.send(ending)
      _ = await stage.root.gone.next()
      client.raw.close()
      let again = try await stage.webSocket()
      let anew = try await again.enter(joined.payload("1.0"))
      #expect(anew.sid != joined.sid && anew.pid != joined.pid && anew.before.isEmpty)
      #expect(stage.server.counters().unrecovered == 1)
    }
  }

  @Test(
    "a connection that was lost or closed gives the socket back, whatever the reason",
    arguments: [
      DisconnectReason.transportError, .transportClose, .forcedClose, .pingTimeout, .serverShuttingDown, .forcedServerClose,
    ])
  func losses(reason: DisconnectReason) async throws {
    try await Stage.recovering { stage in
      let (client, joined) = try await stage.reached()
      switch reason {
      case .transportClose: client.raw.send(FrameHeader.frame(.close, [], role: .client))
      case .transportError: client.raw.send(FrameHeader.frame(.text, [0x34], role: .server))
      case .forcedClose: client.send("4x")
      case .pingTimeout:
        try await stage.advance(25_000)
        try await stage.advance(45_100)
      case .serverShuttingDown: try await stage.onSessions { $0.goAway() }
      default: client.send("44")
      }
      #expect(await stage.root.gone.next() == reason)
      stage.emit(2)
      let again = try await stage.webSocket()
      let back = try await again.enter(joined.payload("1.0"))
      #expect(back.sid == joined.sid && back.pid == joined.pid && back.before == [#"42["n",2,"2.0"]"#])
    }
  }

  @Test("an unknown id, an unknown offset, another namespace or a second try give a new socket, and never a part of the old one")
  func unknown() async throws {
    try await Stage.recovering { stage in
      var joined = try await stage.lost()
      stage.emit(2)
      for payload in [
        #"{"pid":"nobody","offset":"1.0"}"#, #"{"pid":"\#(joined.pid ?? "")"}"#, joined.payload("9.0"), joined.payload("1.0"),
      ] {
        let client = try await stage.webSocket()
        let anew = try await client.enter(payload)
        #expect(anew.sid != joined.sid && anew.pid != joined.pid && anew.before.isEmpty, "\(payload)")
      }
      joined = try await stage.lost()
      let client = try await stage.webSocket()
      client.send("40/whatsapp,\(joined.payload("1.0"))")
      #expect(await client.text()?.contains(joined.sid) == false)
      #expect(try await client.enter(joined.payload("1.0")).sid == joined.sid, "it is still there for its own namespace")
    }
  }

  @Test("nothing comes back after its time")
  func expired() async throws {
    try await Stage.recovering({ $0.duration = .zero }) { stage in
      let joined = try await stage.lost()
      let client = try await stage.webSocket()
      #expect(try await client.enter(joined.payload("1.0")).sid != joined.sid)
    }
  }

  @Test("what is too old goes by itself, when nobody comes and nothing is sent any more")
  func expiresAlone() async throws {
    try await Stage.recovering({
      $0.duration = .milliseconds(50)
      $0.packetAge = .milliseconds(50)
    }) { stage in
      _ = try await stage.lost()
      let loop = stage.server.loops[0]
      let (store, log) = (try #require(loop.recovery), try #require(loop.registry.find("/")?.recovery))
      while store.count > 0 || log.count > 0 { await Task.yield() }
      #expect(store.dropped == 0 && log.dropped == 0)
    }
  }

  @Test("what is no longer kept entirely is not given in part, and what was dropped is counted")
  func bounded() async throws {
    try await Stage.recovering({ $0.packets = 3 }) { stage in
      var joined = try await stage.lost()
      for number in 2...3 { stage.emit(number) }
      var client = try await stage.webSocket()
      #expect(try await client.enter(joined.payload("1.0")).before.count == 2)
      joined = try await stage.lost()
      for number in 4...6 { stage.emit(number) }
      client = try await stage.webSocket()
      let anew = try await client.enter(joined.payload("1.0"))
      #expect(anew.sid != joined.sid && anew.before.isEmpty)
      #expect(stage.server.counters().droppedRecoveryPackets >= 1)
    }
    try await Stage.recovering({ $0.missed = 100 }) { stage in
      let joined = try await stage.lost()
      for number in 2...20 { stage.emit(number) }
      let client = try await stage.webSocket()
      let anew = try await client.enter(joined.payload("1.0"))
      #expect(anew.sid != joined.sid && anew.before.isEmpty, "more than a client can take at once")
    }
    try await Stage.recovering({ $0.sessions = 1 }) { stage in
      let joined = try await stage.lost()
      _ = try await stage.lost()
      let client = try await stage.webSocket()
      #expect(try await client.enter(joined.payload("1.0")).sid != joined.sid)
      #expect(stage.server.counters().droppedRecoverySessions == 1)
    }
  }

  @Test("a socket is given back to its owner only; anybody else gets a new one, and the application hears of it")
  func case41_owner() async throws {
    try await Stage.recovering { stage in
      let joined = try await stage.lost(auth: #"{"owner":"a"}"#)
      _ = await stage.root.joined.next()
      let thief = try await stage.webSocket()
      let stolen = try await thief.enter(joined.payload("1.0", #","owner":"b""#))
      #expect(stolen.sid != joined.sid && stolen.pid != joined.pid && stolen.before.isEmpty)
      #expect(await stage.root.gone.next() == .transportClose, "of the socket that was asked for")
      #expect(stage.server.counters().recovered == 0)
      stage.server.emit(to: try #require(SocketID(joined.sid)), packet: EventPacket("d", arguments: Array("[1]".utf8)))
      stage.emit(7)
      await thief.welcomed()
      #expect(await thief.text() == #"42["n",7,"7.0"]"#)
    }
  }

  @Test("a client that is refused, or gone before it is let in, may ask again")
  func askedAgain() async throws {
    try await Stage.recovering { stage in
      let joined = try await stage.lost()
      let client = try await stage.webSocket()
      client.send("40" + joined.payload("1.0", #","do":"refuse""#))
      #expect(await client.text()?.hasPrefix("44") == true)
      client.send("40" + joined.payload("1.0", #","do":"hold""#))
      let (request, answer) = await stage.root.held.next()
      #expect(request.isRecovery && request.socket.description == joined.sid)
      client.raw.close()
      while stage.server.counts().sessions > 0 { await Task.yield() }
      answer.accept()
      _ = await stage.root.gone.next()
      let again = try await stage.webSocket()
      #expect(try await again.enter(joined.payload("1.0")).sid == joined.sid)
    }
  }

  @Test("packets that are not kept but end in a string carry the newest offset, so that clients don't lose theirs")
  func mimicry() async throws {
    try await Stage.recovering { stage in
      let client = try await stage.webSocket()
      let joined = try await client.enter()
      let hello = try #require(await client.text())
      let origin = try #require(try JSONValue(parsing: Array(hello.utf8.dropFirst(2))).array?.last?.string)
      #expect(origin != "hello")
      stage.server.emit(namespace: "/", packet: EventPacket("v", arguments: Array(#"["bare"]"#.utf8)), flags: .volatile)
      #expect(await client.text() == #"42["v","bare","\#(origin)"]"#)
      client.raw.close()
      _ = await stage.root.gone.next()
      stage.emit(1)
      let second = try await stage.webSocket()
      let back = try await second.enter(joined.payload(origin))
      #expect(back.sid == joined.sid && back.before == [#"42["n",1,"1.0"]"#])
      stage.server.emit(to: try #require(SocketID(joined.sid)), packet: EventPacket("d", arguments: Array("[]".utf8)))
      await second.welcomed()
      #expect(await second.text() == #"42["d","1.0"]"#)
    }
  }

  @Test("under emits from many threads a client that keeps losing its connection gets everything exactly once")
  func exactlyOnce() async throws {
    try await Stage.recovering { stage in
      let (threads, each) = (4, 400)
      var client = try await stage.webSocket()
      var joined = try await client.enter()
      await client.welcomed()
      stage.emit(-1)
      var offset = ""
      var got: [Int] = []
      func take(_ text: String) throws {
        guard let fields = try JSONValue(parsing: Array(text.utf8.dropFirst(2))).array, fields.first?.string == "n" else { return }
        got.append(Int(try #require(fields[1].int64)))
        offset = try #require(fields[2].string)
      }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for thread in 0..<threads {
          group.addTask {
            for number in 0..<each {
              stage.emit(thread * each + number, rooms: number % 2 == 0 ? ["all"] : [])
              if number % 20 == 0 { await Task.yield() }
            }
          }
        }
        var random = SystemRandomNumberGenerator()
        while got.count < threads * each + 1 {
          for _ in 0..<Int.random(in: 1...120, using: &random) where got.count < threads * each + 1 {
            try take(try #require(await client.text()))
          }
          client.raw.close()
          _ = await stage.root.gone.next()
          client = try await stage.webSocket()
          let back = try await client.enter(joined.payload(offset))
          #expect(back.sid == joined.sid)
          joined = back
          for text in back.before { try take(text) }
        }
        try await group.waitForAll()
      }
      #expect(got.count == threads * each + 1)
      #expect(Set(got).count == got.count)
      for thread in 0..<threads {
        let own = got.filter { $0 / each == thread && $0 >= 0 }
        #expect(own == own.sorted(), "what one thread sends stays in order")
      }
    }
  }
}
