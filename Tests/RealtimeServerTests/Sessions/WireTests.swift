import HubTesting
import NIOCore
import Testing
import WebSocketFrames

@testable import RealtimeServer

@Suite("Packets on both transports", .timeLimit(.minutes(2)))
struct WireTests {
  private let empty = Array("[]".utf8)

  @Test("a websocket message of the limit passes; one byte more is told 1009 and ends the session")
  func limit() async throws {
    try await Stage.run {
      $0.maxPayload = 1000
    } _: { stage in
      let client = try await stage.webSocket()
      _ = try await client.join()
      let event = "42[\"mark\",\"" + String(repeating: "é", count: 400) + "\"]"
      client.send(event + String(repeating: " ", count: 1000 - event.utf8.count))
      #expect(await stage.root.events.next().hasPrefix("mark["))
      client.send(event + String(repeating: " ", count: 1001 - event.utf8.count))
      #expect(await client.event() == .close(code: CloseCode.tooBig, reason: []))
      #expect(await stage.root.gone.next() == .transportError)
    }
  }

  @Test("a packet in fragments, with control frames between them, is one packet")
  func fragments() async throws {
    try await Stage.run { stage in
      let client = try await stage.webSocket()
      _ = try await client.join()
      let parts = [#"421["ec"#, #"ho","naï"#, #"ve"]"#].map { Array($0.utf8) }
      for (index, part) in parts.enumerated() {
        var frame = FrameHeader.frame(index == 0 ? .text : .continuation, part, role: .client)
        if index < 2 { frame[0] &= 0x7F }
        client.raw.send(frame)
        client.raw.send(FrameHeader.frame(.ping, [UInt8(index)], role: .client))
        if index < 2 { #expect(await client.event() == .pong([UInt8(index)])) }
      }
      #expect(await client.event() == .text(Array(#"431["naïve"]"#.utf8)))
      #expect(await client.event() == .pong([2]))
    }
  }

  @Test("namespaces share one decoder: what interrupts a binary packet of another ends the connection")
  func oneDecoder() async throws {
    try await Stage.run { stage in
      let client = try await stage.webSocket()
      _ = try await client.join()
      _ = try await client.join("/whatsapp")
      client.send(#"451-["mark",{"_placeholder":true,"num":0}]"#)
      client.send(#"42/whatsapp,["mark"]"#)
      #expect(await client.event() == .close(code: nil, reason: []))
      #expect(await stage.root.gone.next() == .forcedClose)
      #expect(await stage.whatsapp.gone.next() == .forcedClose)
      #expect(stage.whatsapp.events.count == 0)
    }
  }

  @Test("one attachment may be named twice; it is sent as often as it stands")
  func namedTwice() async throws {
    try await Stage.run { stage in
      let client = try await stage.webSocket()
      _ = try await client.join()
      client.send(#"451-["echo",{"_placeholder":true,"num":0},[[{"_placeholder":true,"num":0}]]]"#)
      client.send([7])
      #expect(await client.text() == #"452-["back",{"_placeholder":true,"num":0},[[{"_placeholder":true,"num":1}]]]"#)
      #expect(await client.event() == .binary([7]))
      #expect(await client.event() == .binary([7]))
    }
  }

  @Test("numeric event names are their digits")
  func numericName() async throws {
    try await Stage.run { stage in
      let client = try await stage.webSocket()
      _ = try await client.join()
      client.send("42[1,2]")
      #expect(await stage.root.events.next() == "1[2]context")
    }
  }

  @Test("a post is text whatever its type says, but for octets", arguments: ["text/plain;charset=UTF-8", "application/json", "x/y"])
  func contentType(type: String) async throws {
    try await Stage.run { stage in
      let client = try await stage.polling()
      #expect(try await client.post("40", "Content-Type: \(type)")?.body == "ok")
      #expect(try await client.packets(through: #"42["hello"]"#).count == 2)
    }
  }

  @Test("a separator inside an event is escaped, so that it splits no payload")
  func separator() async throws {
    try await Stage.run { stage in
      let client = try await stage.polling()
      try await client.join()
      stage.server.emit(namespace: "/", packet: EventPacket("a\u{1e}b", arguments: empty))
      #expect(try await client.poll()?.body == #"42["a\u001eb"]"#)
    }
  }

  @Test("ids and answers survive the upgrade")
  func upgrade() async throws {
    try await Stage.run { stage in
      let client = try await stage.polling()
      _ = try await client.post("40")
      let id = await stage.root.joined.next()
      _ = try await client.packets(through: #"42["hello"]"#)
      let outcomes = Mailbox<AckOutcome>()
      let question = EventPacket("question", arguments: empty)
      stage.server.emit(to: id, packet: question, timeout: .seconds(60)) { outcomes.put($0) }
      #expect(try await client.poll()?.body == #"420["question"]"#)
      let socket = try await stage.upgrade("/socket.io/?EIO=4&transport=websocket&sid=\(client.sid)")
      socket.send("2probe")
      #expect(await socket.text() == "3probe")
      socket.send("5")
      socket.send("430[1]")
      #expect(await outcomes.next() == .answered(Array("[1]".utf8), attachments: []))
      stage.server.emit(to: id, packet: question, timeout: .seconds(60)) { outcomes.put($0) }
      #expect(await socket.text() == #"421["question"]"#)
    }
  }

  @Test("everybody is pinged at the interval, whatever else is sent meanwhile")
  func pingsUnderLoad() async throws {
    try await Stage.run {
      $0.pingInterval = .milliseconds(100)
      $0.pingTimeout = .seconds(30)
    } _: { stage in
      var clients: [SocketIOClient] = []
      for _ in 0..<5 {
        clients.append(try await stage.webSocket())
        clients.last?.send("40")
      }
      let load = Task.detached {
        while Task.isCancelled == false {
          stage.server.emit(namespace: "/", packet: EventPacket("n", arguments: Array("[1]".utf8)))
          // Real time, as the pings are that this must not put off: a thousand a second, which the clients below can hear.
          try? await Task.sleep(for: .milliseconds(1))
        }
      }
      for client in clients {
        var pings = 0
        while pings < 3, let event = await client.event() {
          guard event == .text(Array("2".utf8)) else { continue }
          pings += 1
          client.send("3")
        }
        #expect(pings == 3)
      }
      load.cancel()
      #expect(stage.server.counters().sessionsClosed == 0)
    }
  }
}
