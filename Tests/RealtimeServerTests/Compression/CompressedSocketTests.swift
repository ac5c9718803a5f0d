import HubTesting
import NIOCore
import Testing
import WebSocketFrames

@testable import RealtimeServer

private let offer = "permessage-deflate; client_max_window_bits"

func packed(_ bytes: [UInt8], by deflater: Deflater = Deflater(.message(windowBits: 15))) -> [UInt8] {
  var output: [UInt8] = []
  bytes.withUnsafeBytes { deflater.compress($0, to: &output) }
  return output
}

extension SocketIOClient {
  /// Sends a message as a compressed one.
  fileprivate func send(_ opcode: Opcode, packed payload: [UInt8]) {
    let header = FrameHeader(opcode, isCompressed: true, length: payload.count, mask: 0)
    var bytes: [UInt8] = []
    header.forEachByte { bytes.append($0) }
    raw.send(bytes + payload)
  }
}

extension Stage {
  /// A WebSocket whose client offers compression, and what was agreed on.
  fileprivate func compressed(_ target: String = socketTarget, offer: String = offer) async throws -> (SocketIOClient, agreed: String?) {
    let raw = try await raw()
    raw.send(upgradeRequest(target, "Sec-WebSocket-Extensions: \(offer)"))
    let lines = await raw.read(through: "\r\n\r\n").split(separator: "\r\n")
    #expect(lines.first?.hasPrefix("HTTP/1.1 101 ") == true)
    let field = lines.first { $0.hasPrefix("Sec-WebSocket-Extensions: ") }.map { String($0.dropFirst(26)) }
    let inflater = field.map { Inflater(keepsContext: $0.contains("server_no_context_takeover") == false) }
    return (SocketIOClient(raw: raw, inflater: inflater), field)
  }

  fileprivate func joined(offer: String = offer) async throws -> SocketIOClient {
    let (client, _) = try await compressed(offer: offer)
    #expect(await client.text()?.first == "0")
    _ = try await client.join()
    return client
  }
}

@Suite("Compression of WebSockets", .timeLimit(.minutes(2)))
struct CompressedSocketTests {
  let text = String(repeating: "0123456789", count: 500)
  let alone = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

  private func emit(_ stage: Stage, _ text: String, _ flags: EmitFlags = []) {
    stage.server.emit(namespace: "/", packet: EventPacket("n", arguments: Array(#"["\#(text)"]"#.utf8)), flags: flags)
  }

  @Test("nothing is agreed on unless it is configured")
  func off() async throws {
    try await Stage.run { stage in
      let (_, agreed) = try await stage.compressed()
      #expect(agreed == nil)
    }
  }

  @Test("what a client offers is agreed on, and an offer that can't be taken leaves the connection as it is")
  func agreement() async throws {
    try await Stage.run({ $0.compression = CompressionOptions() }) { stage in
      #expect(try await stage.compressed().agreed == alone)
      #expect(
        try await stage.compressed(offer: "permessage-deflate; server_max_window_bits=10").agreed == "\(alone); server_max_window_bits=10")
      let (plain, agreed) = try await stage.compressed(offer: "permessage-deflate; server_max_window_bits=8")
      #expect(agreed == nil)
      #expect(await plain.text()?.first == "0")
    }
  }

  @Test("long messages are compressed for who agreed, short and excepted ones are not, and others get them plain")
  func broadcast() async throws {
    try await Stage.run({ $0.compression = CompressionOptions() }) { stage in
      let sockets = [
        try await stage.joined(), try await stage.joined(), try await stage.joined(offer: "permessage-deflate; server_max_window_bits=9"),
      ]
      let plain = try await stage.webSocket()
      _ = try await plain.join()
      let before = sockets.map(\.received)
      emit(stage, text)
      for (client, before) in zip(sockets, before) {
        #expect(await client.text() == #"42["n","\#(text)"]"#)
        #expect(client.received - before < 200)
      }
      #expect(await plain.text() == #"42["n","\#(text)"]"#)
      let short = String(text.prefix(1000))
      emit(stage, short)
      emit(stage, text, .uncompressed)
      for (client, before) in zip(sockets, before) {
        #expect(await client.text() == #"42["n","\#(short)"]"#)
        #expect(await client.text() == #"42["n","\#(text)"]"#)
        #expect(client.received - before > 6000)
      }
    }
  }

  @Test("a message is compressed once for all sockets that share a window")
  func once() throws {
    let message = try #require(
      OutboundMessage(EventPacket("n", arguments: Array(#"["\#(text)"]"#.utf8)), namespace: "/", threshold: 1024))
    let form = try #require(message.packed)
    let (one, other) = (CompressorPool(), CompressorPool())
    let first = form.frames(of: message, windowBits: 15, one)
    let second = form.frames(of: message, windowBits: 15, other)
    #expect(first.withUnsafeReadableBytes { $0.baseAddress } == second.withUnsafeReadableBytes { $0.baseAddress }, "the same memory")
    let narrow = form.frames(of: message, windowBits: 9, one)
    #expect(narrow.withUnsafeReadableBytes { $0.baseAddress } != first.withUnsafeReadableBytes { $0.baseAddress })
    #expect(OutboundMessage(EventPacket("n", arguments: Array("[]".utf8)), namespace: "/", threshold: 1024)?.packed == nil)
  }

  @Test("a message that compression would make longer is sent as it is")
  func incompressible() async throws {
    try await Stage.run({ $0.compression = CompressionOptions() }) { stage in
      let client = try await stage.joined()
      let bytes = (0..<5000).map { _ in UInt8.random(in: .min ... .max) }
      let before = client.received
      stage.server.emit(
        namespace: "/", packet: EventPacket("n", arguments: Array(#"[{"_placeholder":true,"num":0}]"#.utf8), attachments: [bytes]))
      #expect(await client.text() == #"451-["n",{"_placeholder":true,"num":0}]"#)
      #expect(await client.event() == .binary(bytes))
      #expect(client.received - before < 5100)
    }
  }

  @Test("clients may send compressed messages, text and binary, and get their answers compressed")
  func receiving() async throws {
    try await Stage.run({ $0.compression = CompressionOptions() }) { stage in
      let client = try await stage.joined()
      client.send(.text, packed: packed(Array(#"427["echo","\#(text)"]"#.utf8)))
      let before = client.received
      #expect(await client.text() == #"437["\#(text)"]"#)
      #expect(client.received - before < 200)
      client.send(.text, packed: packed(Array(#"451-["echo",{"_placeholder":true,"num":0}]"#.utf8)))
      client.send(.binary, packed: packed([UInt8](repeating: 7, count: 3000)))
      #expect(await client.text() == #"451-["back",{"_placeholder":true,"num":0}]"#)
      #expect(await client.event() == .binary([UInt8](repeating: 7, count: 3000)))
    }
  }

  @Test("with contexts, a repeated message costs next to nothing, both ways")
  func contexts() async throws {
    try await Stage.run({
      $0.compression = CompressionOptions()
      $0.compression?.keepsContext = true
      $0.compression?.threshold = 100
    }) { stage in
      let (client, agreed) = try await stage.compressed()
      #expect(agreed == "permessage-deflate; server_max_window_bits=12; client_max_window_bits=14")
      #expect(await client.text()?.first == "0")
      _ = try await client.join()
      let deflater = Deflater(.message(windowBits: 14), keepsContext: true)
      let noise = (0..<1000).map { _ in "0123456789abcdef".randomElement().map(String.init) ?? "" }.joined()
      for round in 0..<3 {
        let message = packed(Array(#"427["echo","\#(noise)"]"#.utf8), by: deflater)
        #expect(round == 0 || message.count < 40)
        client.send(.text, packed: message)
        let before = client.received
        #expect(await client.text() == #"437["\#(noise)"]"#)
        #expect(round == 0 || client.received - before < 60)
      }
    }
  }

  @Test("the limit is that of the restored message: exactly it passes, one more closes with 1009")
  func case35_boundary() async throws {
    try await Stage.run({
      $0.compression = CompressionOptions()
      $0.maxPayload = 50_000
    }) { stage in
      let client = try await stage.joined()
      let frame = #"427["echo",""]"#.utf8.count
      let longest = String(repeating: "a", count: 50_000 - frame)
      client.send(.text, packed: packed(Array(#"427["echo","\#(longest)"]"#.utf8)))
      #expect(await client.text() == #"437["\#(longest)"]"#)
      client.send(.text, packed: packed(Array(#"427["echo","\#(longest)a"]"#.utf8)))
      #expect(await client.event() == .close(code: 1009, reason: []))
      #expect(await stage.root.gone.next() == .transportError)
      #expect(stage.listener.counters.violations == 1)
    }
  }

  @Test("a megabyte that stands for 900 is refused")
  func case35_bomb() async throws {
    try await Stage.run({ $0.compression = CompressionOptions() }) { stage in
      let client = try await stage.joined()
      let part = packed([UInt8](repeating: 0, count: 1 << 20)) + [0, 0, 0xFF, 0xFF]
      let bomb = (0..<900).flatMap { _ in part }
      client.send(.binary, packed: bomb)
      #expect(await client.event() == .close(code: 1009, reason: []))
    }
  }

  @Test("a polling session that moves to a compressed WebSocket, on whichever loop, gets everything in order")
  func upgraded() async throws {
    try await Stage.run({ $0.compression = CompressionOptions() }) { stage in
      for _ in 0..<8 {
        let polling = try await stage.polling()
        try await polling.join()
        let (client, agreed) = try await stage.compressed("\(socketTarget)&sid=\(polling.sid)")
        #expect(agreed == alone)
        client.send("2probe")
        #expect(await client.text() == "3probe")
        client.send("5")
        client.send(.text, packed: packed(Array(#"421["join","r"]"#.utf8)))
        #expect(await client.text() == #"431["ok"]"#)
        let before = client.received
        for number in 0..<3 { emit(stage, "\(number)\(text)") }
        for number in 0..<3 { #expect(await client.text() == #"42["n","\#(number)\#(text)"]"#) }
        #expect(client.received - before < 600)
        client.raw.close()
        _ = await stage.root.gone.next()
      }
    }
  }
}
