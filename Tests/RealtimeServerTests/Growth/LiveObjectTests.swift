import Glibc
import HubTesting
import NIOCore
import Testing

@testable import RealtimeServer

/// `HUB_LIVE_CYCLES` connections, 240 unless it is set.
@Suite("What is left behind", .timeLimit(.minutes(60)))
struct LiveObjectTests {
  private static let cycles = getenv("HUB_LIVE_CYCLES").flatMap { Int(String(cString: $0)) } ?? 240

  @Test("after connections that came, joined, were asked, left and went in every way there is, nothing is left")
  func nothing() async throws {
    try await Stage.run {
      $0.pingInterval = .seconds(6)
      $0.pingTimeout = .seconds(6)
      $0.connectTimeout = .seconds(6)
      $0.farewell = .seconds(6)
      $0.sessionsPerAddress = 0
    } _: { stage in
      let watched = Watched()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for cycle in 0..<Self.cycles {
          if cycle >= 8 { _ = try await group.next() }
          group.addTask { try await End.allCases[cycle % End.allCases.count].reach(on: stage, watched) }
        }
        try await group.waitForAll()
      }
      // The last to go are polling sessions whose client is silent, and deadlines of sessions that are gone.
      while try await stage.server.liveObjects() != LiveObjects() {}
      #expect(stage.server.counts() == RealtimeCounts())
      #expect(stage.server.counters().sessionsOpened == Self.cycles)
      #expect(stage.server.counters().sessionsClosed == Self.cycles)
      #expect(await watched.count == Self.cycles)
      while await watched.alive > 0 { try await stage.turn() }
    }
  }
}

extension LiveObjectTests {
  @Test("namespaces that came, were joined and went leave nothing behind", .timeLimit(.minutes(2)))
  func namespaces() async throws {
    try await Stage.run { stage in
      var left: [Left] = []
      let client = try await stage.webSocket()
      for number in 0..<1000 {
        let name = "/n\(number)"
        try stage.server.addNamespace(name, handler: Actor(stage.server))
        let id = try await client.join(name)
        client.send("42\(name),0[\"join\",\"r\",\"\(id)\"]")
        #expect(await client.text() == "43\(name),0[\"ok\"]")
        left.append(Left(try #require(stage.server.loops[0].registry.find(name))))
        stage.server.removeNamespace(name)
        #expect(await client.text() == "41\(name),")
      }
      try await stage.turn()
      #expect(left.allSatisfy { $0.namespace == nil && $0.rooms.allSatisfy { $0.rooms == nil } })
      #expect(stage.server.counts().byNamespace == [:])
      #expect(try await stage.server.liveObjects().sockets == 0)
    }
  }

  @Test("sockets that have answered what a room was asked are let go, however long they had", .timeLimit(.minutes(1)))
  func answered() async throws {
    try await Stage.run { stage in
      let (watched, results) = (Watched(), Mailbox<Bool>())
      var clients: [SocketIOClient] = []
      for _ in 0..<4 {
        let client = try await stage.webSocket()
        try await watched.add(stage, socket: try #require(SocketID(try await client.join())))
        clients.append(client)
      }
      let question = EventPacket("question", arguments: Array("[]".utf8))
      stage.server.emit(namespace: "/", packet: question, timeout: .hours(24)) { results.put($1) }
      for client in clients {
        #expect(await client.text() == #"420["question"]"#)
        client.send("430[1]")
      }
      #expect(await results.next())
      for client in clients { client.raw.close() }
      while await watched.alive > 0 { try await stage.turn() }
    }
  }
}

/// What a namespace had, as weak references.
private struct Left {
  struct Rooms { weak var rooms: LoopRooms? }

  weak var namespace: Namespace?
  let rooms: [Rooms]

  init(_ namespace: Namespace) {
    self.namespace = namespace
    rooms = namespace.rooms.map { Rooms(rooms: $0) }
  }
}

/// The ways in which a connection ends.
private enum End: CaseIterable {
  case clientLeaves, clientBreaksOff, serverCloses, serverRemoves, pollingCloses, pollingFallsSilent, pollingClosed

  func reach(on stage: Stage, _ watched: Watched) async throws {
    switch self {
    case .pollingCloses, .pollingFallsSilent, .pollingClosed:
      let client = try await stage.polling()
      try await client.join()
      try await watched.add(stage, session: client.sid)
      if self == .pollingCloses { #expect(try await client.post("1")?.status == 200) }
      // Nobody comes to be told.
      if self == .pollingClosed { #expect(try await client.post(#"42["bye-all"]"#)?.status == 200) }
    default:
      let client = try await stage.webSocket()
      let id = try await client.join()
      let socket = try #require(SocketID(id))
      try await watched.add(stage, socket: socket)
      client.send("40/whatsapp,")
      #expect(await client.text()?.hasPrefix("40/whatsapp,") == true)
      client.send("420[\"join\",\"r\(id)\",\"common\"]")
      while let text = await client.text(), text.hasPrefix("430") == false {}
      stage.server.emit(to: socket, packet: EventPacket("question", arguments: Array("[]".utf8)), timeout: .milliseconds(200)) { _ in }
      stage.server.leave(socket, rooms: ["r\(id)"])
      try await end(client)
    }
  }

  private func end(_ client: SocketIOClient) async throws {
    switch self {
    case .clientLeaves:
      client.send("41")
      client.send("41/whatsapp,")
      client.raw.close()
    case .serverCloses:
      client.send("42[\"bye-all\"]")
      #expect(await client.closed())
      client.raw.close()
    case .serverRemoves:
      client.send("42[\"bye\"]")
      while let text = await client.text(), text != "41" {}
      client.raw.close()
    default: client.raw.close()
    }
  }
}

/// Sessions as weak references.
private actor Watched {
  private struct Box { weak var session: Session? }
  private var boxes: [Box] = []

  var count: Int { boxes.count }
  var alive: Int { boxes.count { $0.session != nil } }

  func add(_ stage: Stage, socket: SocketID) async throws {
    let loop = stage.server.loops[socket.key.loop]
    let session = try #require(try await loop.eventLoop.submit { loop.socket(socket)?.session }.get())
    boxes.append(Box(session: session))
  }

  func add(_ stage: Stage, session text: String) async throws {
    let key = try #require(TableKey(text: text.utf8))
    let loop = stage.server.loops[key.loop]
    let session = try #require(try await loop.eventLoop.submit { loop.session(key) }.get())
    boxes.append(Box(session: session))
  }
}

extension Stage {
  /// Lets every loop come round once.
  fileprivate func turn() async throws {
    for loop in server.loops { try await loop.eventLoop.submit {}.get() }
  }
}
