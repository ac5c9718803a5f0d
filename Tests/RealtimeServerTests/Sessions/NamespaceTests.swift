import HubTesting
import NIOCore
import Testing
import WebSocketFrames

@testable import RealtimeServer

@Suite("Namespaces", .timeLimit(.minutes(2)))
struct NamespaceTests {
  @Test("two namespaces live on one transport, each with its own socket")
  func two() async throws {
    try await Stage.run { stage in
      let client = try await stage.webSocket()
      let root = try await client.join()
      let whatsapp = try await client.join("/whatsapp")
      #expect(root != whatsapp)
      client.send(#"42/whatsapp,["mark",1]"#)
      #expect(await stage.whatsapp.events.next() == "mark[1]context")
      stage.server.emit(namespace: "/whatsapp", packet: EventPacket("only", arguments: Array("[{\"a\":1}]".utf8)))
      #expect(await client.text() == #"42/whatsapp,["only",{"a":1}]"#)
      #expect(stage.root.events.count == 0)
      let counts = stage.server.counts()
      #expect(counts.byNamespace == ["/": 1, "/whatsapp": 1])
      #expect(counts.transports == 1)
    }
  }

  @Test("an unknown namespace is refused, others still work; case matters", arguments: ["/nope", "/Whatsapp", "/whatsapp/"])
  func unknown(name: String) async throws {
    try await Stage.run { stage in
      let client = try await stage.webSocket()
      client.send("40\(name),")
      #expect(await client.text() == "44\(name),{\"message\":\"Invalid namespace\"}")
      _ = try await client.join("/whatsapp")
    }
  }

  @Test("a refused client may try again on the same connection")
  func refused() async throws {
    try await Stage.run { stage in
      let client = try await stage.webSocket()
      client.send("40/whatsapp,{\"do\":\"refuse\"}")
      #expect(await client.text() == #"44/whatsapp,{"message":"no","data":{"code":7}}"#)
      _ = try await client.join("/whatsapp", auth: "{\"label\":\"t\"}")
      #expect(stage.server.counters().refusedConnects == 1)
    }
  }

  @Test("an answer may come later and from another thread; what is emitted after it comes after it")
  func later() async throws {
    try await Stage.run { stage in
      let client = try await stage.webSocket()
      client.send("40{\"do\":\"hold\"}")
      let (request, answer) = await stage.root.held.next()
      #expect(request.auth == Array("{\"do\":\"hold\"}".utf8))
      #expect(request.handshake.path == "/socket.io/")
      #expect(request.handshake.remote == "127.0.0.1")
      answer.accept(rooms: ["r"])
      stage.server.emit(namespace: "/", rooms: ["r"], packet: EventPacket("after", arguments: Array("[]".utf8)))
      #expect(await client.text() == "40{\"sid\":\"\(request.socket)\"}")
      #expect(await client.text() == #"42["after"]"#)
    }
  }

  @Test("when the connection dies before it is accepted, the application hears of the end and nothing is left behind")
  func diesBefore() async throws {
    try await Stage.run { stage in
      let client = try await stage.webSocket()
      client.send("40{\"do\":\"hold\"}")
      let (request, answer) = await stage.root.held.next()
      client.raw.close()
      while stage.server.counts().sessions > 0 { await Task.yield() }
      answer.accept(rooms: ["r"])
      stage.server.emit(namespace: "/", rooms: ["r"], packet: EventPacket("after", arguments: Array("[]".utf8)))
      let loop = stage.server.loops[request.socket.key.loop]
      #expect(try await loop.eventLoop.submit { loop.sockets.count }.get() == 0)
      #expect(stage.server.counts().byNamespace == [:])
      #expect(await stage.root.gone.next() == .transportClose)
      #expect(stage.root.gone.count == 0)
    }
  }

  @Test("a client that went before it was refused is not heard of again")
  func refusedLate() async throws {
    try await Stage.run { stage in
      let client = try await stage.webSocket()
      client.send("40{\"do\":\"hold\"}")
      let (request, answer) = await stage.root.held.next()
      client.raw.close()
      while stage.server.counts().sessions > 0 { await Task.yield() }
      answer.refuse(message: "no")
      let loop = stage.server.loops[request.socket.key.loop]
      #expect(try await loop.eventLoop.submit { loop.sockets.count }.get() == 0)
      #expect(stage.root.gone.count == 0)
    }
  }

  @Test("a client accepted into a namespace that was given up meanwhile is refused, and the application hears of its end")
  func givenUp() async throws {
    try await Stage.run { stage in
      let client = try await stage.webSocket()
      client.send("40/whatsapp,{\"do\":\"hold\"}")
      let (_, answer) = await stage.whatsapp.held.next()
      stage.server.removeNamespace("/whatsapp")
      answer.accept()
      #expect(await client.text() == #"44/whatsapp,{"message":"Invalid namespace"}"#)
      #expect(await stage.whatsapp.gone.next() == .serverNamespaceDisconnect)
    }
  }

  @Test("an answer that is dropped refuses, and the application hears of the end")
  func dropped() async throws {
    try await Stage.run { stage in
      let client = try await stage.webSocket()
      client.send("40{\"do\":\"hold\"}")
      _ = await stage.root.held.next()
      #expect(await client.text()?.hasPrefix("44{\"message\":") == true)
      #expect(await stage.root.gone.next() == .serverNamespaceDisconnect)
    }
  }

  @Test("a server that goes down ends a connection that asks to join, instead of refusing it", arguments: [true, false])
  func shuttingDown(isWebSocket: Bool) async throws {
    try await Stage.run { stage in
      let polling = try await stage.polling()
      let client = try await stage.webSocket()
      for loop in stage.server.loops { try await loop.eventLoop.submit { loop.isShuttingDown = true }.get() }
      if isWebSocket {
        client.send("40")
        #expect(await client.event() == .close(code: CloseCode.goingAway, reason: []))
      } else {
        #expect(try await polling.post("40")?.status == 200)
        #expect(try await polling.poll()?.body == #"{"code":1,"message":"Session ID unknown"}"#)
      }
      #expect(stage.server.counters().refusedConnects == 0)
    }
  }

  @Test("a client leaves one namespace without an answer and may join it again")
  func leaves() async throws {
    try await Stage.run { stage in
      let client = try await stage.webSocket()
      let first = try await client.join()
      _ = try await client.join("/whatsapp")
      client.send("41")
      #expect(await stage.root.gone.next() == .clientNamespaceDisconnect)
      client.send("41/whatsapp,")
      #expect(await stage.whatsapp.gone.next() == .clientNamespaceDisconnect)
      #expect(stage.server.counts().transports == 0)
      #expect(stage.server.counts().sessions == 1)
      #expect(try await client.join() != first)
    }
  }

  @Test("the server removes a socket from one namespace, or ends the connection")
  func kicks() async throws {
    try await Stage.run { stage in
      let client = try await stage.webSocket()
      _ = try await client.join()
      _ = try await client.join("/whatsapp")
      client.send(#"42/whatsapp,["bye"]"#)
      #expect(await client.text() == "41/whatsapp,")
      #expect(await stage.whatsapp.gone.next() == .serverNamespaceDisconnect)
      _ = try await client.join("/whatsapp")
      client.send(#"42["bye-all"]"#)
      #expect(await client.text() == "41")
      #expect(await client.text() == "41/whatsapp,")
      #expect(await client.event() == .close(code: nil, reason: []))
    }
  }

  @Test("a namespace has one owner; when it is given up its sockets go, and it is free again")
  func owners() async throws {
    try await Stage.run { stage in
      #expect(throws: NamespaceError.taken("/whatsapp")) { try stage.server.addNamespace("/whatsapp", handler: stage.root) }
      #expect(throws: NamespaceError.invalidName("x")) { try stage.server.addNamespace("x", handler: stage.root) }
      let client = try await stage.webSocket()
      _ = try await client.join("/whatsapp")
      stage.server.removeNamespace("/whatsapp")
      #expect(await client.text() == "41/whatsapp,")
      client.send("40/whatsapp,")
      #expect(await client.text() == #"44/whatsapp,{"message":"Invalid namespace"}"#)
      try stage.server.addNamespace("/whatsapp", handler: stage.whatsapp)
      _ = try await client.join("/whatsapp")
    }
  }

  @Test("namespaces come and go without a trace on the sockets of others", arguments: [true, false])
  func othersUntouched(leavesToo: Bool) async throws {
    try await Stage.run { stage in
      let (both, other) = (try await stage.webSocket(), try await stage.polling())
      let id = try #require(SocketID(try await both.join()))
      _ = try await both.join("/whatsapp")
      stage.server.join(id, rooms: ["kept"])
      _ = try await other.post(leavesToo ? "40/whatsapp," : "40")
      let outcomes = Mailbox<AckOutcome>()
      stage.server.emit(to: id, packet: EventPacket("question", arguments: Array("[]".utf8)), timeout: .seconds(60)) { outcomes.put($0) }
      #expect(await both.text() == #"420["question"]"#)
      let before = stage.server.counters()

      for round in 0..<20 {
        stage.server.removeNamespace("/whatsapp")
        if round == 0 { #expect(await both.text() == "41/whatsapp,") }
        try stage.server.addNamespace("/whatsapp", handler: Actor(stage.server))
        try stage.server.addNamespace("/extra\(round)", handler: Actor(stage.server))
      }

      both.send(#"430["still here"]"#)
      #expect(await outcomes.next() == .answered(Array(#"["still here"]"#.utf8), attachments: []))
      stage.server.emit(namespace: "/", rooms: ["kept"], packet: EventPacket("kept", arguments: Array("[]".utf8)))
      #expect(await both.text() == #"42["kept"]"#)
      _ = try await both.join("/whatsapp")
      _ = try await both.join("/extra7")
      #expect(stage.root.gone.count == 0)
      #expect(stage.server.counters().sessionsClosed == before.sessionsClosed)
      // The polling client was in the namespace that went, or in the one that stayed: its session lives either way.
      #expect(try await other.post("40/extra3,")?.body == "ok")
      #expect(try await other.packets(through: #"42/extra3,["hello"]"#).contains("41/whatsapp,") == leavesToo)
    }
  }

  @Test("nothing is joined, and nothing sent, that the client did not ask for")
  func nothingImplicit() async throws {
    try await Stage.run { stage in
      let client = try await stage.webSocket()
      stage.server.emit(namespace: "/", packet: EventPacket("n", arguments: Array("[]".utf8)))
      #expect(stage.server.counts().byNamespace == [:])
      client.send("40/whatsapp,")
      #expect(await client.text()?.hasPrefix("40/whatsapp,{\"sid\":\"") == true, "the first packet after the open packet")
      #expect(await client.text() == #"42/whatsapp,["hello"]"#)
      stage.server.emit(namespace: "/", packet: EventPacket("n", arguments: Array("[]".utf8)))
      stage.server.emit(namespace: "/whatsapp", packet: EventPacket("end", arguments: Array("[]".utf8)))
      #expect(await client.text() == #"42/whatsapp,["end"]"#)
    }
  }

  @Test("events reach their handler in the order they came, text and binary mixed")
  func inOrder() async throws {
    try await Stage.run { stage in
      let client = try await stage.webSocket()
      _ = try await client.join()
      for number in 0..<100 {
        if number % 3 == 0 {
          client.send("451-[\"m\",\(number),{\"_placeholder\":true,\"num\":0}]")
          client.send([1])
        } else {
          client.send("42[\"m\",\(number)]")
        }
      }
      for number in 0..<100 { #expect(await stage.root.events.next().hasPrefix("m[\(number)")) }
    }
  }

  @Test("transports are counted once, under the label of their oldest socket")
  func labels() async throws {
    try await Stage.run { stage in
      let (one, two) = (try await stage.webSocket(), try await stage.webSocket())
      _ = try await one.join(auth: "{\"label\":\"a\"}")
      _ = try await one.join("/whatsapp", auth: "{\"label\":\"b\"}")
      _ = try await two.join(auth: "{\"label\":\"b\"}")
      #expect(stage.server.counts().byLabel == ["a": 1, "b": 1])
      one.send("41")
      _ = await stage.root.gone.next()
      #expect(stage.server.counts().byLabel == ["b": 2])
      #expect(stage.server.counts().transports == 2)
    }
  }
}
