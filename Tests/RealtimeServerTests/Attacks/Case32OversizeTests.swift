import HubTesting
import NIOCore
import Testing
import WebSocketFrames

@testable import RealtimeServer

/// A packet that is named in the test's output, not printed.
struct Oversized: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let packet: String

  init(_ description: String, _ packet: String) {
    testDescription = description
    self.packet = packet
  }
}

@Suite("Case 32: too much of it", .timeLimit(.minutes(2)))
struct Case32OversizeTests {
  /// What ends the session of a client that has joined. `42` events go to it, so that an event that came through would be seen.
  static let ending: [Oversized] = [
    Oversized("a million attachments", #"451000000-["mark"]"#), Oversized("eleven attachments", #"4511-["mark"]"#),
    Oversized("attachments beyond counting", #"45"# + String(repeating: "9", count: 400) + #"-["mark"]"#),
    Oversized("a depth of ten thousand", "42[\"mark\"," + String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_001)),
    Oversized("a depth of ten thousand objects", "42[\"mark\"," + String(repeating: "{\"a\":", count: 10_000)),
    Oversized("ten thousand arguments", "42[\"mark\"" + String(repeating: ",0", count: 10_000) + "]"),
    Oversized("a number without end", "42" + String(repeating: "9", count: 100_000) + "[\"mark\"]"),
    Oversized("a deep CONNECT", "40/whatsapp,{\"a\":" + String(repeating: "[", count: 10_000)),
  ]

  @Test("ends its own session and reaches nobody, over a websocket", arguments: ending)
  func case32_webSocket(oversized: Oversized) async throws {
    try await Stage.run { stage in
      let (client, other) = (try await stage.webSocket(), try await stage.webSocket())
      _ = try await client.join()
      _ = try await other.join()
      client.send(oversized.packet)
      #expect(await client.closed())
      other.send(#"42["echo",1]"#)
      #expect(await other.text() == #"42["back",1]"#)
      #expect(stage.root.events.count == 0)
      #expect(stage.server.counters().protocolErrors == 1)
    }
  }

  @Test("ends its own session and reaches nobody, over polling", arguments: ending)
  func case32_polling(oversized: Oversized) async throws {
    try await Stage.run { stage in
      let (client, other) = (try await stage.polling(), try await stage.polling())
      try await client.join()
      try await other.join()
      _ = try await client.post(oversized.packet)
      #expect(try await client.packets(through: "none").last == "1")
      #expect(try await client.poll()?.status == 400)
      _ = try await other.post(#"42["echo",1]"#)
      #expect(try await other.poll()?.body == #"42["back",1]"#)
      #expect(stage.root.events.count == 0)
    }
  }

  @Test("a million packets in one payload are over the limit; half a million, which are not, hold nobody up for long")
  func case32_packets() async throws {
    try await Stage.run { stage in
      let (client, other) = (try await stage.polling(), try await stage.webSocket())
      _ = try await other.join()
      #expect(try await client.post(String(repeating: "6\u{1e}", count: 1_000_000))?.status == 413)
      #expect(try await client.post(String(repeating: "6\u{1e}", count: 499_999) + "6")?.body == "ok")
      other.send(#"42["echo",1]"#)
      #expect(await other.text() == #"42["back",1]"#)
    }
  }

  @Test("answers that a payload causes are a backlog too: who has more of them coming than it fetches is closed as slow")
  func case32_answers() async throws {
    try await Stage.run { stage in
      let client = try await stage.polling()
      let asking = Array(repeating: "40/nowhere,", count: 80_000).joined(separator: "\u{1e}")
      _ = try await client.post(asking)
      #expect(stage.server.counters().closedSlow == 1)
      #expect(stage.server.counters().refusedConnects < 10_000)
    }
  }

  @Test("ten thousand arguments less one pass, and so does a message of exactly the limit")
  func case32_boundary() async throws {
    try await Stage.run {
      $0.maxPayload = 50_000
    } _: { stage in
      let client = try await stage.webSocket()
      _ = try await client.join()
      client.send("421[\"echo\"" + String(repeating: ",0", count: 9999) + "]")
      #expect(await client.text()?.utf8.count == 3 + 9999 * 2 + 1)
      client.send("422[\"echo\",\"" + String(repeating: "x", count: 50_000 - 15 + 1) + "\"]")
      #expect(await client.text()?.hasPrefix("432[\"x") == true)
      client.send("42[\"echo\",\"" + String(repeating: "x", count: 50_000) + "\"]")
      #expect(await client.event() == .close(code: 1009, reason: []))
    }
  }
}
