import HubTesting
import NIOCore
import Testing
import WebSocketFrames

@testable import RealtimeServer

@Suite("Answers and binary", .timeLimit(.minutes(2)))
struct AckTests {
  @Test("answers carry the id digit for digit and the arguments byte for byte")
  func answers() async throws {
    try await Stage.run { stage in
      let client = try await stage.webSocket()
      _ = try await client.join()
      for (id, arguments) in [
        ("0", #"1,"2",{"3":[true]}"#), ("9007199254740991", #"1.0,1e400,"/","\ud800","\u2028",{"b":1,"a":2,"b":3}"#), ("12", ""),
      ] {
        client.send("42\(id)[\"echo\"\(arguments.isEmpty ? "" : "," + arguments)]")
        #expect(await client.text() == "43\(id)[\(arguments)]")
      }
      client.send(#"425["twice"]"#)
      client.send(#"426["echo"]"#)
      #expect(await client.text() == "435[1]")
      #expect(await client.text() == "436[]", "a second answer sends nothing")
    }
  }

  @Test("binary events and answers: header and attachments in one piece, numbered as they stand")
  func binary() async throws {
    try await Stage.run { stage in
      let client = try await stage.webSocket()
      _ = try await client.join()
      client.send(#"452-["echo",{"_placeholder":true,"num":1},{"a":{"num":0,"_placeholder":true}}]"#)
      client.send([1])
      client.send([2, 2])
      #expect(await client.text() == #"452-["back",{"_placeholder":true,"num":0},{"a":{"_placeholder":true,"num":1}}]"#)
      #expect(await client.event() == .binary([2, 2]))
      #expect(await client.event() == .binary([1]))
      client.send(#"451-7["echo",{"_placeholder":true,"num":0}]"#)
      client.send("3")
      client.send([3])
      #expect(await client.text() == #"461-7[{"_placeholder":true,"num":0}]"#)
      #expect(await client.event() == .binary([3]))
    }
  }

  @Test("a placeholder that names no attachment ends the connection")
  func badPlaceholder() async throws {
    try await Stage.run { stage in
      let client = try await stage.webSocket()
      _ = try await client.join()
      client.send(#"451-["echo",{"_placeholder":true,"num":1}]"#)
      client.send([1])
      #expect(await client.closed())
    }
  }

  @Test("the server asks one socket: ids count per namespace, late and unknown answers are ignored")
  func asks() async throws {
    try await Stage.run { stage in
      let client = try await stage.webSocket()
      let id = try #require(SocketID(try await client.join()))
      let outcomes = Mailbox<AckOutcome>()
      let packet = EventPacket("question", arguments: Array("[1]".utf8))
      stage.server.emit(to: id, packet: packet, timeout: .seconds(60)) { outcomes.put($0) }
      #expect(await client.text() == #"420["question",1]"#)
      client.send("4399[0]")
      client.send(#"430["yes"]"#)
      client.send(#"430["again"]"#)
      #expect(await outcomes.next() == .answered(Array(#"["yes"]"#.utf8), attachments: []))
      stage.server.emit(to: id, packet: packet, timeout: .milliseconds(20)) { outcomes.put($0) }
      #expect(await client.text() == #"421["question",1]"#)
      #expect(await outcomes.next() == .timedOut)
      client.send(#"431["late"]"#)
      stage.server.emit(to: id, packet: packet, timeout: .seconds(60)) { outcomes.put($0) }
      #expect(await client.text() == #"422["question",1]"#)
      client.raw.close()
      #expect(await outcomes.next() == .disconnected)
      stage.server.emit(to: id, packet: packet, timeout: .seconds(60)) { outcomes.put($0) }
      #expect(await outcomes.next() == .disconnected)
      #expect(outcomes.count == 0)
    }
  }

  @Test("a volatile question is dropped for who can't take it at once, and that answer is missing")
  func asksVolatile() async throws {
    try await Stage.run { stage in
      let (socket, polling) = (try await stage.webSocket(), try await stage.polling())
      let id = try #require(SocketID(try await socket.join()))
      _ = await stage.root.joined.next()
      try await polling.join()
      let deaf = await stage.root.joined.next()
      let (results, outcomes) = (Mailbox<([SocketID: [UInt8]], Bool)>(), Mailbox<AckOutcome>())
      let packet = EventPacket("question", arguments: Array("[]".utf8))
      stage.server.emit(namespace: "/", packet: packet, flags: .volatile, timeout: .milliseconds(500)) { results.put(($0, $1)) }
      #expect(await socket.text() == #"420["question"]"#)
      socket.send("430[1]")
      let partial = await results.next()
      #expect(partial.0 == [id: Array("[1]".utf8)] && partial.1 == false)
      stage.server.emit(to: deaf, packet: packet, flags: .volatile, timeout: .milliseconds(20)) { outcomes.put($0) }
      #expect(await outcomes.next() == .timedOut)
      #expect(stage.server.counters().droppedVolatile == 2)
      #expect(await stage.ask(polling) { $0.polling?.isEmpty } == true)
    }
  }

  @Test("the server asks a room: one id for all, complete when all have answered, partial at the timeout")
  func asksRoom() async throws {
    try await Stage.run { stage in
      let (one, two) = (try await stage.webSocket(), try await stage.webSocket())
      let (first, second) = (try #require(SocketID(try await one.join())), try #require(SocketID(try await two.join())))
      let results = Mailbox<([SocketID: [UInt8]], Bool)>()
      let packet = EventPacket("question", arguments: Array("[]".utf8))
      stage.server.emit(namespace: "/", rooms: ["all"], packet: packet, timeout: .seconds(60)) { results.put(($0, $1)) }
      #expect(await one.text() == #"420["question"]"#)
      #expect(await two.text() == #"420["question"]"#)
      one.send("430[1]")
      two.send("430[2]")
      let complete = await results.next()
      #expect(complete.0 == [first: Array("[1]".utf8), second: Array("[2]".utf8)])
      #expect(complete.1)
      stage.server.emit(namespace: "/", rooms: ["all"], packet: packet, timeout: .seconds(5)) { results.put(($0, $1)) }
      #expect(await one.text() == #"421["question"]"#)
      one.send("431[1]")
      let partial = await results.next()
      #expect(partial.0 == [first: Array("[1]".utf8)])
      #expect(partial.1 == false)
      #expect(await two.text() == #"421["question"]"#)
      two.send(#"428["join","out"]"#)
      #expect(await two.text() == #"438["ok"]"#)
      stage.server.emit(namespace: "/", rooms: ["all"], exceptRooms: ["out"], packet: packet, timeout: .seconds(60)) {
        results.put(($0, $1))
      }
      #expect(await one.text() == #"422["question"]"#)
      one.send("432[3]")
      let others = await results.next()
      #expect(others.0 == [first: Array("[3]".utf8)] && others.1)
      stage.server.emit(namespace: "/", rooms: ["empty"], packet: packet, timeout: .seconds(60)) { results.put(($0, $1)) }
      #expect(await results.next().1)
    }
  }
}
