import HubTesting
import NIOCore
import Testing
import WebSocketFrames

@testable import RealtimeServer

@Suite("Case 37: other people's sessions", .timeLimit(.minutes(2)))
struct Case37HostileSessionTests {
  /// A client on `/` that counts what reaches it, so that a loss, a repetition or a stranger's packet shows.
  private func expectUnharmed(_ victim: PollingClient, _ number: Int) async throws {
    #expect(try await victim.post("42[\"echo\",\(number)]")?.body == "ok")
    #expect(try await victim.poll()?.body == "42[\"back\",\(number)]")
  }

  /// Ids that are not the victim's: one that never was, its public name, near misses, an ended session's.
  private func strangers(_ stage: Stage, _ victim: PollingClient, socket: String) async throws -> [String] {
    let ended = try await stage.polling()
    #expect(try await ended.post("1")?.status == 200)
    let last = victim.sid.last == "A" ? "B" : "A"
    return [
      "AAAAAAAAAAAAAAAAAAAA", socket, String(victim.sid.dropLast()) + last, String(victim.sid.dropLast()), victim.sid + "A",
      victim.sid.lowercased() + "-", "__proto__", "", "%00", "../" + victim.sid, ended.sid,
    ]
  }

  @Test("a foreign or stale id finds nothing, by poll, post or upgrade, and the session it aims at does not notice")
  func case37_ids() async throws {
    try await Stage.run { stage in
      let victim = try await stage.polling()
      _ = try await victim.post("40")
      let joined = try await victim.packets(through: #"42["hello"]"#)
      let socket = String(try #require(joined.first).dropFirst(10).prefix(20))
      #expect(SocketID(socket) != nil, "\(joined)")
      for (number, sid) in try await strangers(stage, victim, socket: socket).enumerated() {
        let target = "/socket.io/?EIO=4&transport=polling&sid=\(sid)"
        // An empty id is no id: that is a handshake.
        let statuses = try await [stage.request(get(target)), stage.request(post(target, #"42["echo","stolen"]"#))].map { $0?.status }
        #expect(sid.isEmpty || statuses == [400, 400], "\(sid)")
        let upgrade = try await stage.request(upgradeRequest("/socket.io/?EIO=4&transport=websocket&sid=\(sid)"))
        #expect(upgrade?.status == (sid.isEmpty ? 101 : 400), "\(sid)")
        try await expectUnharmed(victim, number)
      }
    }
  }

  @Test("two polls or two posts at once end the session that sent them and no other", arguments: ["GET", "POST"])
  func case37_overlap(method: String) async throws {
    try await Stage.run { stage in
      let (hostile, victim) = (try await stage.polling(), try await stage.polling())
      try await victim.join()
      let head = "\(method) \(hostile.target) HTTP/1.1\r\nHost: a\r\n" + (method == "GET" ? "\r\n" : "Content-Length: 5\r\n\r\n4")
      let (one, two) = (try await stage.raw(), try await stage.raw())
      one.send(head)
      while await (method == "GET" ? stage.isPolled(hostile) : stage.isPosting(hostile)) == false { await Task.yield() }
      two.send(head + (method == "GET" ? "" : "xxxx"))
      #expect(await two.response()?.status == 400)
      #expect(try await hostile.poll()?.status == 400)
      try await expectUnharmed(victim, 1)
      one.close()
      two.close()
    }
  }

  @Test("of many websockets that race for one session one gets it, the others are closed, and nothing is lost")
  func case37_race() async throws {
    try await Stage.run { stage in
      let victim = try await stage.polling()
      try await victim.join()
      let target = "/socket.io/?EIO=4&transport=websocket&sid=\(victim.sid)"
      var sockets: [SocketIOClient] = []
      for _ in 0..<10 {
        let socket = try await stage.upgrade(target)
        socket.send("2probe")
        sockets.append(socket)
      }
      var winners: [SocketIOClient] = []
      for socket in sockets where await socket.event() == .text(Array("3probe".utf8)) { winners.append(socket) }
      #expect(winners.count == 1)
      let winner = try #require(winners.first)
      winner.send("5")
      winner.send(#"42["echo",1]"#)
      #expect(await winner.text() == #"42["back",1]"#)
      // Too late: by polling, by post, by another upgrade.
      #expect(try await victim.poll()?.body == #"{"code":3,"message":"Bad request"}"#)
      #expect(try await victim.post(#"42["echo",2]"#)?.status == 400)
      let late = try await stage.upgrade(target)
      late.send("2probe")
      #expect(await late.closed())
      winner.send(#"42["echo",3]"#)
      #expect(await winner.text() == #"42["back",3]"#)
      #expect(stage.server.counts().sessions == 1)
    }
  }

  @Test("a websocket session cannot be taken over by its id", arguments: ["2probe", "5", "40", #"42["echo",1]"#])
  func case37_takeOver(packet: String) async throws {
    try await Stage.run { stage in
      let victim = try await stage.upgrade("/socket.io/?EIO=4&transport=websocket")
      let open = try #require(await victim.text())
      let sid = String(open.dropFirst(#"0{"sid":""#.count).prefix(20))
      _ = try await victim.join()
      let thief = try await stage.upgrade("/socket.io/?EIO=4&transport=websocket&sid=\(sid)")
      thief.send(packet)
      #expect(await thief.closed())
      victim.send(#"42["echo",2]"#)
      #expect(await victim.text() == #"42["back",2]"#)
      #expect(stage.root.gone.count == 0)
    }
  }

  @Test(
    "another version of the protocol opens nothing, whatever else the query says",
    arguments: ["EIO=3", "EIO=5", "EIO=", "eio=4", "EIO=4&EIO=3", "EIO=4.0", "EIO=%34%34", ""])
  func case37_version(query: String) async throws {
    try await Stage.run { stage in
      for transport in ["polling", "websocket"] {
        let target = "/socket.io/?transport=\(transport)&\(query)"
        let answer = try #require(try await stage.request(transport == "polling" ? get(target) : upgradeRequest(target)))
        #expect(answer.status == 400 && answer.body.contains("Unsupported protocol version"), "\(transport)")
      }
      #expect(stage.server.counters().sessionsOpened == 0)
    }
  }

  /// Frames that RFC 6455 forbids, and the code each is closed with.
  static let frames: [(String, [UInt8], UInt16)] = [
    ("unmasked", [0x81, 0x02, 0x34, 0x31], 1002), ("reserved bit 1", [0xC1, 0x80, 0, 0, 0, 0], 1002),
    ("reserved bits 2 and 3", [0xB1, 0x80, 0, 0, 0, 0], 1002), ("unknown opcode", [0x83, 0x80, 0, 0, 0, 0], 1002),
    ("unknown control opcode", [0x8B, 0x80, 0, 0, 0, 0], 1002), ("no UTF-8", [0x81, 0x82, 0, 0, 0, 0, 0xC0, 0xAF], 1007),
    ("a surrogate", [0x81, 0x83, 0, 0, 0, 0, 0xED, 0xA0, 0x80], 1007), ("half a character", [0x81, 0x81, 0, 0, 0, 0, 0xC3], 1007),
    ("a fragmented ping", [0x09, 0x80, 0, 0, 0, 0], 1002), ("continuation of nothing", [0x80, 0x80, 0, 0, 0, 0], 1002),
    ("a long ping", [0x89, 0xFE, 0x00, 0x7E, 0, 0, 0, 0], 1002), ("a length that is too wide", [0x81, 0xFE, 0, 1, 0, 0, 0, 0, 0x33], 1002),
    ("a message in a message", [0x01, 0x81, 0, 0, 0, 0, 0x34, 0x81, 0x81, 0, 0, 0, 0, 0x34], 1002),
    ("nine exabytes", [0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0], 1009),
    ("a close code nobody may send", [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xED], 1002),
  ]

  @Test("a forbidden frame ends its own session with the right code, and no other", arguments: frames)
  func case36_frames(name: String, bytes: [UInt8], code: UInt16) async throws {
    try await Stage.run { stage in
      let (hostile, victim) = (try await stage.webSocket(), try await stage.webSocket())
      _ = try await hostile.join()
      _ = try await victim.join()
      hostile.raw.send(bytes)
      #expect(await hostile.event() == .close(code: code, reason: []))
      #expect(await stage.root.gone.next() == .transportError)
      victim.send(#"42["echo",1]"#)
      #expect(await victim.text() == #"42["back",1]"#)
      #expect(stage.server.counts().sessions == 1)
    }
  }
}
