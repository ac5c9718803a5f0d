import HubTesting
import NIOCore
import Testing
import WebSocketFrames

@testable import RealtimeServer

@Suite("Broadcasts", .timeLimit(.minutes(3)))
struct BroadcastTests {
  let empty = Array("[]".utf8)

  @Test("every socket of several rooms gets exactly one copy, in order; excepted ones and other rooms get none")
  func oneCopy() async throws {
    try await Stage.run { stage in
      var clients: [SocketIOClient] = []
      var ids: [SocketID] = []
      for index in 0..<300 {
        let client = try await stage.webSocket()
        ids.append(try #require(SocketID(try await client.join())))
        client.send("420[\"join\",\"mod\(index % 3)\",\"third\(index % 5)\"]")
        #expect(await client.text() == #"430["ok"]"#)
        clients.append(client)
      }
      let excepted: Set<SocketID> = [ids[0], ids[7]]
      for number in 0..<5 {
        stage.server.emit(
          namespace: "/", rooms: ["mod0", "third1", "none", "mod0"], except: excepted,
          packet: EventPacket("n", arguments: Array("[\(number)]".utf8)))
      }
      stage.server.emit(namespace: "/", packet: EventPacket("end", arguments: empty))
      for (index, client) in clients.enumerated() {
        var got: [String] = []
        while let text = await client.text(), text != #"42["end"]"# { got.append(text) }
        let isTarget = (index % 3 == 0 || index % 5 == 1) && excepted.contains(ids[index]) == false
        #expect(got == (isTarget ? (0..<5).map { "42[\"n\",\($0)]" } : []), "socket \(index)")
      }
      for client in clients.prefix(100) { client.raw.close() }
      for _ in 0..<100 { _ = await stage.root.gone.next() }
      #expect(stage.server.counts().byNamespace["/"] == 200)
      stage.server.emit(namespace: "/", rooms: ["mod1"], packet: EventPacket("left", arguments: empty))
      stage.server.emit(namespace: "/", packet: EventPacket("end", arguments: empty))
      for (index, client) in clients.enumerated().dropFirst(100) {
        #expect(await client.text() == (index % 3 == 1 ? #"42["left"]"# : #"42["end"]"#))
      }
    }
  }

  @Test("the room of a socket's id reaches that socket only, and joining or leaving twice is harmless")
  func ownRoom() async throws {
    try await Stage.run { stage in
      let (one, two) = (try await stage.webSocket(), try await stage.webSocket())
      let (first, second) = (try await one.join(), try #require(SocketID(try await two.join())))
      stage.server.emit(namespace: "/", rooms: [first], packet: EventPacket("mine", arguments: empty))
      stage.server.emit(namespace: "/whatsapp", rooms: [first], packet: EventPacket("foreign", arguments: empty))
      stage.server.join(second, rooms: ["r", "r"])
      stage.server.join(second, rooms: ["r"])
      stage.server.emit(namespace: "/", rooms: ["r", second.description], packet: EventPacket("once", arguments: empty))
      stage.server.leave(second, rooms: ["r"])
      stage.server.leave(second, rooms: ["r"])
      stage.server.emit(namespace: "/", rooms: ["r"], packet: EventPacket("never", arguments: empty))
      stage.server.emit(namespace: "/", packet: EventPacket("end", arguments: empty))
      #expect(await one.text() == #"42["mine"]"#)
      #expect(await one.text() == #"42["end"]"#)
      #expect(await two.text() == #"42["once"]"#)
      #expect(await two.text() == #"42["end"]"#)
    }
  }

  @Test("sockets of excepted rooms are left out, also by the room of their id")
  func exceptRooms() async throws {
    try await Stage.run { stage in
      var ids: [String] = []
      var clients: [SocketIOClient] = []
      for rooms in [["a"], ["a", "b"], ["a"], ["c"]] {
        let client = try await stage.webSocket()
        ids.append(try await client.join())
        stage.server.join(try #require(SocketID(ids.last ?? "")), rooms: rooms)
        clients.append(client)
      }
      stage.server.emit(
        namespace: "/", rooms: ["a"], exceptRooms: ["b", "none", "", ids[2]], packet: EventPacket("some", arguments: empty))
      stage.server.emit(namespace: "/", exceptRooms: ["a"], packet: EventPacket("rest", arguments: empty))
      stage.server.emit(namespace: "/", packet: EventPacket("end", arguments: empty))
      for (client, expected) in zip(clients, ["some", nil, nil, "rest"]) {
        if let expected { #expect(await client.text() == "42[\"\(expected)\"]") }
        #expect(await client.text() == #"42["end"]"#)
      }
    }
  }

  @Test("emits from many threads at once: a header is followed by its own attachments, and each thread's order is kept")
  func atomic() async throws {
    try await Stage.run { stage in
      let client = try await stage.webSocket()
      _ = try await client.join()
      let (emitters, count) = (8, 50)
      await withTaskGroup(of: Void.self) { group in
        for emitter in 0..<emitters {
          group.addTask {
            for number in 0..<count {
              let arguments = Array(#"[\#(emitter),\#(number),{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#.utf8)
              let bytes = [UInt8(emitter), UInt8(number)]
              stage.server.emit(namespace: "/", packet: EventPacket("b", arguments: arguments, attachments: [bytes, bytes + [0]]))
            }
          }
        }
      }
      var next = [Int](repeating: 0, count: emitters)
      for _ in 0..<(emitters * count) {
        let text = try #require(await client.text())
        let numbers = text.split(separator: ",").compactMap { Int($0) }
        #expect(text == #"452-["b",\#(numbers[0]),\#(numbers[1]),{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#)
        #expect(numbers[1] == next[numbers[0]])
        next[numbers[0]] += 1
        let bytes = numbers.map { UInt8($0) }
        #expect(await client.event() == .binary(bytes))
        #expect(await client.event() == .binary(bytes + [0]))
      }
    }
  }

  @Test("a broadcast is encoded once: what waits for many sessions, on every loop, is the same memory")
  func shared() async throws {
    try await Stage.run { stage in
      for _ in 0..<20 { try await stage.polling().join() }
      for number in 0..<2 {
        stage.server.emit(
          namespace: "/",
          packet: EventPacket("n", arguments: Array(#"[\#(number),{"_placeholder":true,"num":0}]"#.utf8), attachments: [[1, 2]]))
      }
      for loop in stage.server.loops { try await loop.eventLoop.submit {}.get() }
      let addresses = Mailbox<[UInt]>()
      try await stage.onSessions { session in addresses.put(session.polling?.packets.map(\.address) ?? []) }
      let first = await addresses.next()
      #expect(Set(first).count == 4, "two texts and two attachments")
      for _ in 1..<20 { #expect(await addresses.next() == first) }
      // Nobody fetches them.
      await stage.server.shutdown(drain: .zero)
    }
  }

  @Test("a volatile packet is dropped while the websocket cannot take it, and the client is not closed for it")
  func volatileBlocked() async throws {
    try await Stage.run { stage in
      let client = try await stage.webSocket()
      _ = try await client.join()
      try await client.raw.stopReading()
      let packet = EventPacket("n", arguments: Array("[\"\(String(repeating: "x", count: 100_000))\"]".utf8))
      while stage.server.counters().droppedVolatile < 20 {
        stage.server.emit(namespace: "/", packet: packet, flags: .volatile)
        await Task.yield()
      }
      client.raw.startReading()
      stage.server.emit(namespace: "/", packet: EventPacket("end", arguments: empty))
      var last = await client.text()
      while let text = last, text != #"42["end"]"# { last = await client.text() }
      #expect(last == #"42["end"]"#)
      #expect(stage.server.counters().closedSlow == 0)
    }
  }

  @Test("order is kept from emit to wire, text, binary and answers mixed")
  func order() async throws {
    try await Stage.run { stage in
      let client = try await stage.webSocket()
      let id = try #require(SocketID(try await client.join()))
      for number in 0..<50 {
        let arguments = Array(number % 5 == 0 ? #"[\#(number),{"_placeholder":true,"num":0}]"#.utf8 : "[\(number)]".utf8)
        let packet = EventPacket("n", arguments: arguments, attachments: number % 5 == 0 ? [[UInt8(number)]] : [])
        if number % 2 == 0 {
          stage.server.emit(to: id, packet: packet)
        } else {
          stage.server.emit(namespace: "/", rooms: ["all"], packet: packet)
        }
      }
      for number in 0..<50 {
        if number % 5 == 0 {
          #expect(await client.text() == #"451-["n",\#(number),{"_placeholder":true,"num":0}]"#)
          #expect(await client.event() == .binary([UInt8(number)]))
        } else {
          #expect(await client.text() == "42[\"n\",\(number)]")
        }
      }
      client.send(#"423["count",2]"#)
      #expect(await client.text() == "42[\"n\",0]")
      #expect(await client.text() == "42[\"n\",1]")
      #expect(await client.text() == "433[]", "an answer does not overtake what the handler emitted before it")
    }
  }

  @Test("arguments that are no array are not sent")
  func noArray() async throws {
    try await Stage.run { stage in
      let client = try await stage.webSocket()
      let id = try #require(SocketID(try await client.join()))
      stage.server.emit(to: id, packet: EventPacket("bad", arguments: Array("{}".utf8)))
      stage.server.emit(namespace: "/", packet: EventPacket("bad", arguments: []))
      stage.server.emit(namespace: "/", packet: EventPacket("good", arguments: Array("[]".utf8)))
      #expect(await client.text() == #"42["good"]"#)
    }
  }

  @Test("shutting down closes transports without a disconnect packet, and lets nobody in")
  func shutdown() async throws {
    try await Stage.run { stage in
      let client = try await stage.webSocket()
      _ = try await client.join()
      let polling = try await stage.polling()
      let waiting = try await polling.begin()
      while await stage.isPolled(polling) == false {}
      await stage.server.shutdown(drain: .milliseconds(20))
      #expect(await client.event() == .close(code: 1001, reason: []))
      // No close packet: python-socketio would take it for the server's wish and stay away.
      let answer = await waiting.response()
      #expect(answer?.status == 400 && answer?.body.contains("Session ID unknown") == true)
      #expect(await stage.root.gone.next() == .serverShuttingDown)
      #expect(try await stage.request(get("/socket.io/?EIO=4&transport=polling"))?.status == 503)
      #expect(stage.server.counts().transports == 0)
    }
  }
}

extension PollingBuffer.Packet {
  /// Where its bytes are.
  fileprivate var address: UInt {
    switch self {
    case .text(let text, _): text.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
    case .binary(let bytes, _): bytes.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
    case .control: 0
    }
  }
}
