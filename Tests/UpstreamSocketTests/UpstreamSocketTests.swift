import HubTesting
import NIOCore
import Synchronization
import Testing
import WebSocketFrames

@testable import RealtimeServer
@testable import UpstreamSocket

@Suite("Socket.IO client over a real socket", .timeLimit(.minutes(5)))
struct UpstreamSocketTests {
  @Test("namespaces are joined with their credentials, events arrive in order, pings are answered")
  func session() async throws {
    try await Scene.run({
      $0.namespaces = [UpstreamNamespace("/"), UpstreamNamespace("/whatsapp", auth: { Array(#"{"token":"t"}"#.utf8) })]
    }) { scene in
      #expect(await scene.events.next() == .connecting)
      let peer = await scene.server.peers.next()
      peer.send(Scene.open)
      #expect(await scene.events.next() == .connected(session: "s"))
      #expect(await scene.server.texts.next() == "40")
      #expect(await scene.server.texts.next() == #"40/whatsapp,{"token":"t"}"#)
      peer.send(#"40{"sid":"a"}"#)
      peer.send(#"42["e",1]"#)
      peer.send("2")
      #expect(await scene.events.next() == .joined(namespace: "/", socket: "a"))
      #expect(await scene.events.next() == .event(namespace: "/", name: "e", arguments: Array("[1]".utf8), attachments: [], ack: nil))
      #expect(await scene.server.texts.next() == "3")
    }
  }

  @Test("a namespace that refuses is asked again on the same transport, with the credentials of the moment, until it accepts")
  func lateNamespace() async throws {
    let asked = Mutex(0)
    try await Scene.run({
      $0.namespaces = [
        UpstreamNamespace("/late") {
          asked.withLock { asked in
            asked += 1
            return Array("{\"token\":\(asked)}".utf8)
          }
        }
      ]
    }) { scene in
      let peer = await scene.server.peers.next()
      peer.send(Scene.open)
      for attempt in 1...12 {
        #expect(await scene.server.texts.next() == #"40/late,{"token":\#(attempt)}"#)
        peer.send(attempt < 12 ? #"44/late,{"message":"Invalid namespace","data":{"code":1}}"# : #"40/late,{"sid":"s"}"#)
      }
      #expect(await scene.events.next() == .connecting)
      #expect(await scene.events.next() == .connected(session: "s"))
      for _ in 1..<12 {
        guard case .refused("/late", "Invalid namespace", let data, let wait) = await scene.events.next() else {
          Issue.record("not refused")
          return
        }
        #expect(data == Array(#"{"code":1}"#.utf8) && (0...24).contains(wait))
      }
      #expect(await scene.events.next() == .joined(namespace: "/late", socket: "s"))
      #expect(scene.server.peers.count == 0, "one transport for all of it")
    }
  }

  @Test("binary attachments arrive and are sent, with events and with answers")
  func attachments() async throws {
    try await Scene.run { scene in
      let peer = await scene.joined()
      let placeholder = #"[{"_placeholder":true,"num":0}]"#
      peer.send(raw: FrameHeader.frame(.text, Array(#"451-5["f",{"_placeholder":true,"num":0}]"#.utf8), role: .server))
      peer.send(raw: FrameHeader.frame(.binary, [1, 2, 3], role: .server))
      guard case .event("/", "f", let arguments, [[1, 2, 3]], let ack?) = await scene.events.next() else {
        Issue.record("no event")
        return
      }
      #expect(arguments == Array(placeholder.utf8))
      scene.client.acknowledge(ack, arguments: Array(placeholder.utf8), attachments: [[9]])
      #expect(await scene.server.texts.next() == "461-5\(placeholder)")
      #expect(await scene.server.binaries.next() == [9])
      scene.client.send("g", arguments: Array(placeholder.utf8), attachments: [[7, 7]])
      #expect(await scene.server.texts.next() == #"451-["g",{"_placeholder":true,"num":0}]"#)
      #expect(await scene.server.binaries.next() == [7, 7])
    }
  }

  @Test("messages over the limit cost their events alone, fragmented or not, with attachments or without; the connection stays")
  func oversize() async throws {
    try await Scene.run({ $0.maxMessage = 1000 }) { scene in
      let peer = await scene.joined()
      let large = Array(#"42["large","#.utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: 300_000)
      // Whole, in two frames of which each is over the limit, and in many of which none is.
      for size in [large.count, 200_000, 700] {
        peer.send(raw: fragments(large, of: size))
        #expect(await scene.events.next() == .lost(namespace: "/", bytes: UInt64(large.count)))
        peer.send("2")
        #expect(await scene.server.texts.next() == "3")
      }
      peer.send(#"451-["f",{"_placeholder":true,"num":0}]"#)
      peer.send(raw: FrameHeader.frame(.binary, large, role: .server))
      guard case .lost("/", _) = await scene.events.next() else {
        Issue.record("not lost")
        return
      }
      peer.send(#"42["after"]"#)
      #expect(
        await scene.events.next() == .event(namespace: "/", name: "after", arguments: Array("[]".utf8), attachments: [], ack: nil))
      #expect(scene.server.peers.count == 0)
    }
  }

  private func fragments(_ payload: [UInt8], of size: Int) -> [UInt8] {
    stride(from: 0, to: payload.count, by: size).flatMap { start in
      let part = payload[start..<min(start + size, payload.count)]
      var frame: [UInt8] = []
      FrameHeader(start == 0 ? .text : .continuation, isFinal: part.endIndex == payload.count, length: part.count).forEachByte {
        frame.append($0)
      }
      return frame + part
    }
  }

  @Test("a client that doesn't read makes the server wait, and goes on where it was")
  func backPressure() async throws {
    try await Scene.run { scene in
      let peer = await scene.joined()
      scene.client.pause()
      scene.client.send("paused", arguments: Array("[]".utf8))
      #expect(await scene.server.texts.next() == #"42["paused"]"#)
      for number in 0..<1000 { peer.send("42[\"e\",\(number)]") }
      scene.client.resume()
      for number in 0..<1000 {
        let arguments = Array("[\(number)]".utf8)
        #expect(await scene.events.next() == .event(namespace: "/", name: "e", arguments: arguments, attachments: [], ack: nil))
      }
    }
  }

  @Test("the request carries query and fields, asked for anew with every attempt")
  func credentials() async throws {
    let attempts = Mutex(0)
    try await Scene.run({
      $0.credentials = {
        UpstreamOptions.Credentials(query: [
          (
            "apikey",
            attempts.withLock {
              $0 += 1; return "k&\($0)"
            }
          )
        ])
      }
    }) { scene in
      for attempt in 1...3 {
        #expect(await scene.server.targets.next() == "/socket.io/?EIO=4&transport=websocket&apikey=k%26\(attempt)")
        await scene.server.peers.next().terminate()
      }
    }
  }

  @Test("an emit gets its answer, the timeout, or is told that nothing was sent")
  func answers() async throws {
    try await Scene.run({ $0.ackTimeout = 100 }) { scene in
      let answers = Mailbox<UpstreamAnswer>()
      let empty = Array("[]".utf8)
      scene.client.emit("early", arguments: empty, answer: { answers.put($0) })
      #expect(await answers.next() == .notJoined)
      let peer = await scene.joined()
      scene.client.emit("bad", arguments: [0x7B], answer: { answers.put($0) })
      #expect(await answers.next() == .badArguments)
      scene.client.emit("late", arguments: empty, answer: { answers.put($0) })
      #expect(await scene.server.texts.next().hasSuffix(#"["late"]"#))
      #expect(await answers.next() == .timeout)
      scene.client.send("quiet", arguments: Array("[2]".utf8), outcome: { answers.put($0) })
      #expect(await answers.next() == .sent)
      #expect(await scene.server.texts.next() == #"42["quiet",2]"#)
      peer.send(#"429["ask"]"#)
      guard case .event(_, "ask", _, _, let ack?) = await scene.events.next() else {
        Issue.record("no event")
        return
      }
      scene.client.acknowledge(ack, arguments: Array(#"["yes"]"#.utf8))
      #expect(await scene.server.texts.next() == #"439["yes"]"#)
    }
  }

  @Test("an answer that comes is told with its arguments")
  func answered() async throws {
    try await Scene.run { scene in
      let peer = await scene.joined()
      let answers = Mailbox<UpstreamAnswer>()
      scene.client.emit("join", arguments: Array(#"["c"]"#.utf8), answer: { answers.put($0) })
      let id = await scene.server.texts.next().dropFirst(2).prefix(while: \.isNumber)
      peer.send(#"43\#(id)[{"ok":true}]"#)
      #expect(await answers.next() == .answered(Array(#"[{"ok":true}]"#.utf8), attachments: []))
    }
  }

  @Test("after each of fifty losses it comes back when its schedule says, give or take a fifth, one connection at a time")
  func case17_reconnects() async throws {
    // Longer than any session lasts: what is reset is reset by a join.
    try await Scene.run({ $0.schedule = ReconnectSchedule(first: 5, most: 600_000) }) { scene in
      for number in 0..<50 {
        // Every fifth session gets as far as its namespace; from there the waits double again.
        let isJoined = number.isMultiple(of: 5)
        let peer = isJoined ? await scene.joined() : await scene.server.peers.next()
        let answers = Mailbox<UpstreamAnswer>()
        if isJoined {
          scene.client.emit("x", arguments: Array("[]".utf8), answer: { answers.put($0) })
          _ = await scene.server.texts.next()
        }
        let begin = ContinuousClock.now
        peer.terminate()
        if isJoined { #expect(await answers.next() == .disconnected) }
        let wait = try #require(await scene.disconnected().retryIn)
        let middle = Int64(5 << (number % 5))
        #expect((middle * 4 / 5...middle * 6 / 5).contains(wait), "\(wait) ms after loss \(number)")
        #expect(await scene.server.closed.next() == .local)
        #expect(await scene.events.next() == .connecting)
        #expect(ContinuousClock.now - begin >= .milliseconds(wait - 1), "its clock has whole milliseconds")
        #expect(scene.server.peers.count <= 1, "one connection at a time")
      }
    }
  }

  @Test("a server that falls silent is left after pingInterval and pingTimeout")
  func silence() async throws {
    try await Scene.run { scene in
      let peer = await scene.server.peers.next()
      peer.send(#"0{"sid":"s","upgrades":[],"pingInterval":50,"pingTimeout":50,"maxPayload":1000000}"#)
      #expect(await scene.disconnected().end.code == .silent)
    }
  }

  @Test("a server that never opens the session is left after the connect timeout")
  func neverOpens() async throws {
    try await Scene.run({ $0.connectTimeout = 300 }) { scene in
      _ = await scene.server.peers.next()
      #expect(await scene.disconnected().end == UpstreamEnd(.unreachable, "no answer in time"))
    }
  }

  @Test("garbage and frames that break the protocol end the connection and are followed by another")
  func hostile() async throws {
    try await Scene.run { scene in
      for bytes in [
        FrameHeader.frame(.text, Array("x".utf8), role: .server), FrameHeader.frame(.text, Array("2".utf8), role: .client),
        [0x82, 127, 0x80, 0, 0, 0, 6, 0, 0, 0], [0xFF, 0xFF, 0xFF], FrameHeader.frame(.text, [0xFF], role: .server),
      ] as [[UInt8]] {
        let peer = await scene.joined()
        peer.send(raw: bytes)
        let (end, retryIn) = await scene.disconnected()
        #expect(end.code == .violation && retryIn != nil)
      }
      _ = await scene.joined()
    }
  }

  @Test("a refused upgrade and a port nobody listens on are told, and tried again only when wanted")
  func refused() async throws {
    try await Scene.run(refusal: 503, { $0.reconnects = false }) { scene in
      let end = await scene.disconnected()
      #expect(end.end.code == .refused && end.end.status == 503)
      #expect(end.retryIn == nil)
    }
    try await Scene.run({
      $0.url.port = 1
      $0.schedule = ReconnectSchedule(first: 1, most: 1)
    }) { scene in
      for _ in 0..<5 {
        let (end, retryIn) = await scene.disconnected()
        #expect(end.code == .unreachable && retryIn != nil)
      }
    }
  }

  @Test("a server that refuses the credentials is asked at longer intervals, which begin anew with other credentials")
  func refusedCredentials() async throws {
    let attempts = Mutex(0)
    try await Scene.run(
      refusal: 403,
      {
        $0.refusedSchedule = ReconnectSchedule(first: 10, most: 1000, jitter: 0)
        $0.credentials = {
          let attempt = attempts.withLock { attempts in
            attempts += 1
            return attempts
          }
          return UpstreamOptions.Credentials(headers: [("apikey", attempt <= 3 ? "old" : "new")])
        }
      }
    ) { scene in
      for wait in [10, 20, 40, 10, 20] as [Int64] { #expect(await scene.disconnected().retryIn == wait) }
    }
  }

  @Test("stopping leaves the namespaces and closes")
  func stops() async throws {
    try await Scene.run { scene in
      _ = await scene.joined()
      await scene.client.stop()
      #expect(await scene.server.texts.next() == "41")
      #expect(await scene.events.next() == .disconnected(UpstreamEnd(.stopped, "stopped"), retryIn: nil))
      #expect(await scene.server.closed.next() == .peer(code: nil))
    }
  }

  @Test("a header field that can't be sent is told, and nothing is sent")
  func badField() async throws {
    try await Scene.run({ $0.credentials = { UpstreamOptions.Credentials(headers: [("apikey", "a\nb")]) } }) { scene in
      #expect(await scene.disconnected().end == UpstreamEnd(.invalid, "the header field apikey can't be sent"))
      #expect(scene.server.targets.count == 0)
    }
  }

  @Test("an answer for which too much waits is told as dropped, also where messages may have any length")
  func busy() async throws {
    try await Scene.run({
      $0.maxMessage = 0
      $0.maxUnsent = 1 << 20
    }) { scene in
      let peer = await scene.joined()
      peer.send(#"421["ask"]"#)
      guard case .event(_, "ask", _, _, let ack?) = await scene.events.next() else {
        Issue.record("no event")
        return
      }
      let large = Array(("[\"" + String(repeating: "x", count: 64 << 20) + "\"]").utf8)
      let answers = Mailbox<UpstreamAnswer>()
      // More than the sockets' buffers hold: it is still there when the next two are asked for, in the same turn of the event loop.
      scene.client.send("large", arguments: large) { [client = scene.client] _ in
        client.send("more", arguments: large, outcome: { answers.put($0) })
        client.acknowledge(ack, arguments: large)
      }
      #expect(await answers.next() == .busy)
      #expect(await scene.events.next() == .dropped(.busy, namespace: "/"))
    }
  }
}
