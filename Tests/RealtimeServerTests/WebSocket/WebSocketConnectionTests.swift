import HubTesting
import NIOCore
import Testing
import WebSocketFrames

@testable import RealtimeServer

func upgradeRequest(_ target: String, _ fields: String...) -> String {
  "GET \(target) HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n"
}

let socketTarget = "/socket.io/?EIO=4&transport=websocket"

/// A websocket client over `RawClient`.
final class SocketClient {
  let raw: RawClient
  private var decoder: FrameDecoder
  private var left: [UInt8] = []
  /// How many bytes have arrived.
  private(set) var received = 0

  init(raw: RawClient, inflater: Inflater? = nil) {
    self.raw = raw
    decoder = FrameDecoder(role: .client, limit: 0, inflater: inflater)
  }

  static func open(_ fixture: Fixture, _ target: String = socketTarget) async throws -> SocketClient {
    let raw = try await fixture.client()
    raw.send(upgradeRequest(target))
    #expect(await raw.read(through: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
    let client = SocketClient(raw: raw)
    #expect(await client.next() == .text(Array("open".utf8)))
    return client
  }

  func send(_ opcode: Opcode, _ payload: [UInt8]) { raw.send(FrameHeader.frame(opcode, payload, role: .client)) }
  func send(_ text: String) { send(.text, Array(text.utf8)) }

  /// The next event; nil at the end of the stream.
  func next() async -> FrameEvent? {
    while true {
      if left.isEmpty {
        left = await raw.readSome()
        received += left.count
      }
      guard !left.isEmpty else { return nil }
      var offset = 0
      let event = left.withUnsafeBytes { try? decoder.next($0, at: &offset) }
      left.removeFirst(offset)
      if let event { return event }
    }
  }
}

@Suite("WebSocket over a real socket", .timeLimit(.minutes(2)))
struct WebSocketConnectionTests {
  @Test("after the 101 messages go both ways, also when the first comes in the same segment", arguments: ["", "&late=1"])
  func echo(query: String) async throws {
    try await Fixture.run { fixture in
      let raw = try await fixture.client()
      raw.send(Array(upgradeRequest(socketTarget + query).utf8) + FrameHeader.frame(.text, Array("early".utf8), role: .client))
      let head = await raw.read(through: "\r\n\r\n")
      #expect(head.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
      #expect(head.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"))
      #expect(head.contains("X-Request-Id: "))
      let client = SocketClient(raw: raw)
      #expect(await client.next() == .text(Array("open".utf8)))
      #expect(await client.next() == .text(Array("early".utf8)))
      for size in [0, 125, 126, 70000] {
        let payload = [UInt8](repeating: 0x61, count: size)
        client.send(.binary, payload)
        #expect(await client.next() == .binary(payload))
      }
      #expect(fixture.listener.counters.upgraded == 1)
    }
  }

  @Test("an upgrade behind pipelined requests has its turn after them")
  func upgradeAfterRequest() async throws {
    try await Fixture.run { fixture in
      let raw = try await fixture.client()
      raw.send(get("/later") + upgradeRequest(socketTarget))
      let (_, responder) = await fixture.routes.held.next()
      #expect(fixture.listener.counters.upgraded == 0)
      responder.respond(.init(status: 204))
      #expect(await raw.response()?.status == 204)
      #expect(await raw.response()?.status == 101)
      #expect(await SocketClient(raw: raw).next() == .text(Array("open".utf8)))
    }
  }

  @Test("the first subprotocol is picked, extensions are not taken up")
  func subprotocol() async throws {
    try await Fixture.run { fixture in
      let raw = try await fixture.client()
      raw.send(upgradeRequest(socketTarget, "Sec-WebSocket-Protocol: chat, superchat", "Sec-WebSocket-Extensions: permessage-deflate"))
      let head = await raw.read(through: "\r\n\r\n")
      #expect(head.contains("Sec-WebSocket-Protocol: chat\r\n"))
      #expect(!head.contains("Sec-WebSocket-Extensions"))
    }
  }

  @Test("refused upgrades are plain 400 with the bare message, and the connection ends")
  func refusals() async throws {
    try await Fixture.run { fixture in
      let cases: [(String, String)] = [
        (upgradeRequest("/socket.io/?EIO=3&transport=websocket"), "Unsupported protocol version"),
        (upgradeRequest("/socket.io/?EIO=4&transport=polling"), "Bad request"),
        (upgradeRequest("/socket.io/?EIO=4"), "Transport unknown"),
        (upgradeRequest(socketTarget).replacing("Version: 13", with: "Version: 12"), "Unsupported websocket version"),
        (upgradeRequest(socketTarget).replacing("dGhl", with: "dG"), "Bad websocket key"),
        (upgradeRequest(socketTarget).replacing("GET ", with: "POST "), "Bad request"),
      ]
      for (request, message) in cases {
        let raw = try await fixture.client()
        raw.send(request)
        let response = await raw.response()
        #expect(response?.status == 400)
        #expect(response?.body == message)
        #expect(response?.fields["content-type"] == "text/html")
        #expect(response?.fields["connection"] == "close")
        if message.contains("version") && message.contains("websocket") { #expect(response?.fields["sec-websocket-version"] == "13") }
        #expect(await raw.response() == nil)
      }
      let elsewhere = try await fixture.client()
      elsewhere.send(upgradeRequest("/elsewhere"))
      #expect(await elsewhere.response()?.status == 404)
      #expect(await elsewhere.response() == nil)
      #expect(fixture.listener.counters.upgraded == 0)
    }
  }

  @Test("a ping is answered with its payload")
  func ping() async throws {
    try await Fixture.run { fixture in
      let client = try await SocketClient.open(fixture)
      client.send(.ping, [1, 2, 3])
      #expect(await client.next() == .pong([1, 2, 3]))
    }
  }

  @Test("the peer's close is answered with its code, told to the delegate, and ends the stream")
  func peerCloses() async throws {
    try await Fixture.run { fixture in
      for code: UInt16? in [1000, 3456, nil] {
        let client = try await SocketClient.open(fixture)
        client.send(.close, FrameHeader.closePayload(code))
        #expect(await client.next() == .close(code: code, reason: []))
        #expect(await client.next() == nil)
        #expect(await fixture.engine.closed.next() == .peer(code: code))
      }
    }
  }

  @Test("closing here sends the code, waits for the peer's and is told as local")
  func localClose() async throws {
    try await Fixture.run { fixture in
      let client = try await SocketClient.open(fixture)
      client.send("close")
      #expect(await client.next() == .close(code: 1001, reason: []))
      client.send(.close, FrameHeader.closePayload(1001))
      #expect(await client.next() == nil)
      client.raw.close()
      #expect(await fixture.engine.closed.next() == .local)
    }
  }

  @Test("a peer that doesn't answer a close is cut off at the deadline")
  func closeDeadline() async throws {
    try await Fixture.run({ $0.webSocket.closeDeadline = .milliseconds(100) }) { fixture in
      let client = try await SocketClient.open(fixture)
      client.send("close")
      #expect(await client.next() == .close(code: 1001, reason: []))
      #expect(await client.next() == nil)
      #expect(await fixture.engine.closed.next() == .local)
    }
  }

  @Test("terminate drops the connection; a lost connection is told as lost")
  func ends() async throws {
    try await Fixture.run { fixture in
      let client = try await SocketClient.open(fixture)
      client.send("terminate")
      #expect(await client.next() == nil)
      #expect(await fixture.engine.closed.next() == .local)
      let lost = try await SocketClient.open(fixture)
      lost.raw.close()
      #expect(await fixture.engine.closed.next() == .lost)
    }
  }

  @Test("violations get their code, and the delegate is told")
  func case36_violations() async throws {
    try await Fixture.run({ $0.webSocket.message = 1000 }) { fixture in
      let big: [UInt8] = [0x82, 0xFF, 0, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF]
      for (bytes, code) in [
        (Array([0x81, 0x01, 0x61] as [UInt8]), UInt16(1002)), ([0xC1, 0x80, 0, 0, 0, 0], 1002), ([0x83, 0x80, 0, 0, 0, 0], 1002),
        (FrameHeader.frame(.text, [0xFF], role: .client), 1007), (big, 1009),
        (FrameHeader.frame(.binary, [UInt8](repeating: 0, count: 1001), role: .client), 1009),
      ] {
        let client = try await SocketClient.open(fixture)
        client.raw.send(bytes)
        #expect(await client.next() == .close(code: code, reason: []))
        #expect(await client.next() == nil)
        #expect(await fixture.engine.closed.next() == .violation(code: code))
      }
      #expect(fixture.listener.counters.violations == 6)
    }
  }

  @Test("the close frame reaches a peer that goes on sending an oversize message")
  func oversizeWhileSending() async throws {
    try await Fixture.run { fixture in
      let client = try await SocketClient.open(fixture)
      #expect(await client.raw.sendAll(FrameHeader.frame(.binary, [UInt8](repeating: 0, count: 4 << 20), role: .client)))
      #expect(await client.next() == .close(code: 1009, reason: []))
    }
  }

  @Test("a peer that doesn't read is closed as slow at the hard limit")
  func case15_hardLimit() async throws {
    try await Fixture.run { fixture in
      let client = try await SocketClient.open(fixture)
      try await client.raw.stopReading()
      client.send("flood")
      #expect(await fixture.engine.closed.next() == .slow)
      #expect(fixture.listener.counters.slow == 1)
    }
  }

  @Test("a peer that stays over the soft limit is closed as slow when its time is up")
  func case15_softLimit() async throws {
    try await Fixture.run({
      $0.webSocket.hard = 1 << 30
      $0.webSocket.softDeadline = .milliseconds(100)
    }) { fixture in
      let client = try await SocketClient.open(fixture)
      try await client.raw.stopReading()
      client.send("flood")
      #expect(await fixture.engine.closed.next() == .slow)
    }
  }

  @Test("a burst far over the limits passes when the peer reads")
  func burst() async throws {
    try await Fixture.run({ $0.webSocket.hard = 128 << 20 }) { fixture in
      let client = try await SocketClient.open(fixture)
      client.send("flood")
      #expect(await client.raw.read(64 * (10 + (1 << 20))).count == 64 * (10 + (1 << 20)))
      client.send("still here")
      #expect(await client.next() == .text(Array("still here".utf8)))
    }
  }
}
