import HubTesting
import NIOCore
import Testing
import WebSocketFrames

@testable import RealtimeServer

/// What a client that has joined `/` sends to break the protocol, and the reason the reference server gives then. What is no packet of
/// Engine.IO is a parse error; what Socket.IO cannot decode closes the engine, and what is out of place closes the client.
enum Misdeed {
  static let messages: [(text: String, reason: DisconnectReason)] = [
    ("", .parseError), ("x", .parseError), ("9", .parseError), ("2", .transportError), ("1", .transportClose),
    ("4", .forcedClose), ("47", .forcedClose), ("4x", .forcedClose), ("42", .forcedClose), ("42{}", .forcedClose), ("42[]", .forcedClose),
    ("42[\"a\"", .forcedClose), ("42[\"disconnect\"]", .forcedClose), ("43", .forcedClose), ("40[]", .forcedClose), ("41{}", .forcedClose),
    ("451-[\"a\",{\"_placeholder\":true,\"num\":0}]|42[\"a\"]", .forcedClose), ("4511-[\"a\"]", .forcedClose),
    ("4299999999999999999999999999999999[\"a\"]", .forcedClose),
    ("40", .forcedServerClose), ("44", .forcedServerClose), ("42/nope,[\"a\"]", .forcedServerClose), ("41/nope", .forcedServerClose),
  ]

  static func parts(of text: String) -> [String] { text.split(separator: "|", omittingEmptySubsequences: false).map(String.init) }
}

/// One way in which a socket's connection or membership ends.
struct Ending: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let reason: DisconnectReason
  let bring: @Sendable (Stage) async throws -> Void

  /// A client that has joined, and its socket.
  struct Joined<Client> {
    let stage: Stage
    let client: Client
    let id: SocketID
  }

  static func webSocket(
    _ title: String, _ reason: DisconnectReason, _ bring: @escaping @Sendable (Joined<SocketIOClient>) async throws -> Void
  ) -> Ending {
    Ending(testDescription: "websocket: \(title)", reason: reason) { stage in
      let client = try await stage.webSocket()
      let id = try #require(SocketID(try await client.join()))
      try await bring(Joined(stage: stage, client: client, id: id))
    }
  }

  static func polling(
    _ title: String, _ reason: DisconnectReason, _ bring: @escaping @Sendable (Joined<PollingClient>) async throws -> Void
  ) -> Ending {
    Ending(testDescription: "polling: \(title)", reason: reason) { stage in
      let client = try await stage.polling()
      try await client.join()
      try await bring(Joined(stage: stage, client: client, id: await stage.root.joined.next()))
    }
  }

  static let all: [Ending] = [
    .webSocket("close frame", .transportClose) { $0.client.raw.send(FrameHeader.frame(.close, [], role: .client)) },
    .webSocket("connection lost", .transportClose) { $0.client.raw.close() },
    .webSocket("frame without a mask", .transportError) { $0.client.raw.send(FrameHeader.frame(.text, [0x34], role: .server)) },
    .webSocket("binary nobody waits for", .forcedClose) { $0.client.send([1]) },
    .webSocket("no pong", .pingTimeout) { try await $0.stage.missPong() },
    .webSocket("client leaves", .clientNamespaceDisconnect) { $0.client.send("41") },
    .webSocket("server removes", .serverNamespaceDisconnect) { $0.stage.server.disconnect($0.id) },
    .webSocket("server removes and closes", .serverNamespaceDisconnect) { $0.stage.server.disconnect($0.id, closeTransport: true) },
    .webSocket("server closes", .forcedServerClose) { $0.stage.server.end($0.id) },
    .webSocket("server goes down", .serverShuttingDown) { await $0.stage.server.shutdown(drain: .zero) },
    .polling("close packet", .transportClose) { _ = try await $0.client.post("1") },
    .polling("overlapping polls", .transportError) { joined in
      _ = try await joined.client.begin()
      while await joined.stage.isPolled(joined.client) == false {}
      _ = try await joined.client.poll()
    },
    .polling("overlapping posts", .transportError) { joined in
      let slow = try await joined.stage.raw()
      slow.send("POST \(joined.client.target) HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n42[")
      while await joined.stage.isPosting(joined.client) == false {}
      _ = try await joined.client.post(#"42["mark"]"#)
    },
    .polling("octets", .transportError) { _ = try await $0.client.post(#"42["mark"]"#, "Content-Type: application/octet-stream") },
    .polling("abandoned poll", .transportError) { joined in
      let poll = try await joined.client.begin()
      while await joined.stage.isPolled(joined.client) == false {}
      poll.close()
    },
    .polling("no pong", .pingTimeout) { try await $0.stage.missPong() },
    .polling("client leaves", .clientNamespaceDisconnect) { _ = try await $0.client.post("41") },
    .polling("server removes", .serverNamespaceDisconnect) { $0.stage.server.disconnect($0.id) },
    .polling("server closes", .forcedServerClose) { $0.stage.server.end($0.id) },
    .polling("server goes down", .serverShuttingDown) { await $0.stage.server.shutdown(drain: .zero) },
  ]
}

extension Stage {
  fileprivate func missPong() async throws {
    try await advance(25_000)
    try await advance(45_100)
  }
}

@Suite("Why a socket is gone", .timeLimit(.minutes(2)))
struct ReasonTests {
  @Test("each way to end has the reference's reason", arguments: Ending.all)
  func endings(_ ending: Ending) async throws {
    try await Stage.run { stage in
      try await ending.bring(stage)
      #expect(await stage.root.gone.next() == ending.reason)
    }
  }

  @Test("reasons are the reference's words, and one more for readers that are too slow")
  func words() {
    #expect(
      DisconnectReason.allCases.map(\.rawValue) == [
        "transport error", "transport close", "forced close", "ping timeout", "parse error", "server shutting down",
        "forced server close", "client namespace disconnect", "server namespace disconnect", "slow consumer",
      ])
  }

  @Test("what comes out of place and what cannot be decoded counts as an error of protocol, once")
  func counted() async throws {
    try await Stage.run { stage in
      for text in ["x", "4x", "44"] {
        let client = try await stage.webSocket()
        _ = try await client.join()
        client.send(text)
        client.send(text)
        #expect(await client.closed())
        _ = await stage.root.gone.next()
      }
      #expect(stage.server.counters().protocolErrors == 3)
    }
  }
}
