import HubTesting
import NIOCore
import Testing
import WebSocketFrames

@testable import RealtimeServer

/// What the Autobahn cases found worth asking, of a whole connection: 2 (pings), 5 (fragments), 6 (UTF-8), 7 (closing).
@Suite("Framing over a real socket", .timeLimit(.minutes(2)))
struct FramingTests {
  private func fragment(_ opcode: Opcode, _ payload: [UInt8], isFinal: Bool = false) -> [UInt8] {
    var frame = FrameHeader.frame(opcode, payload, role: .client)
    if isFinal == false { frame[0] &= 0x7F }
    return frame
  }

  @Test("pings are answered in their order, each with its payload; pongs nobody asked for are ignored")
  func pings() async throws {
    try await Fixture.run { fixture in
      let client = try await SocketClient.open(fixture)
      client.send(.pong, [9])
      for number in 0..<10 as Range<UInt8> { client.send(.ping, [number]) }
      client.send(.ping, [UInt8](repeating: 1, count: 125))
      for number in 0..<10 as Range<UInt8> { #expect(await client.next() == .pong([number])) }
      #expect(await client.next() == .pong([UInt8](repeating: 1, count: 125)))
    }
  }

  @Test("a character may be cut by frames and by segments, with control frames in between")
  func cutCharacters() async throws {
    try await Fixture.run { fixture in
      let client = try await SocketClient.open(fixture)
      let text = Array("κόσμε 😀".utf8)
      var bytes: [UInt8] = []
      for (index, byte) in text.enumerated() {
        bytes += fragment(index == 0 ? .text : .continuation, [byte])
        if index % 4 == 0 { bytes += fragment(.ping, [UInt8(index)], isFinal: true) }
      }
      bytes += fragment(.continuation, [], isFinal: true)
      for chunk in stride(from: 0, to: bytes.count, by: 5) {
        #expect(await client.raw.sendAll(Array(bytes[chunk..<min(chunk + 5, bytes.count)])))
      }
      for index in stride(from: 0, to: text.count, by: 4) { #expect(await client.next() == .pong([UInt8(index)])) }
      #expect(await client.next() == .text(text))
    }
  }

  @Test(
    "text that turns invalid is told 1007 before its frame is complete",
    arguments: [[0xF5], [0xC0, 0xAF], [0xED, 0xA0], [0xF4, 0x90], [0x80], [0x61, 0xE2, 0x28]] as [[UInt8]])
  func failFast(bytes: [UInt8]) async throws {
    try await Fixture.run { fixture in
      let client = try await SocketClient.open(fixture)
      // A frame of a hundred bytes, of which only these ever come; the mask is zero.
      client.raw.send([0x81, 0x80 | 100, 0, 0, 0, 0] + bytes)
      #expect(await client.next() == .close(code: 1007, reason: []))
      #expect(await fixture.engine.closed.next() == .violation(code: 1007))
    }
  }

  @Test("after a close frame nothing more is heard or answered")
  func afterClose() async throws {
    try await Fixture.run { fixture in
      let client = try await SocketClient.open(fixture)
      let close = FrameHeader.frame(.close, FrameHeader.closePayload(1000), role: .client)
      client.raw.send(close + fragment(.ping, [1], isFinal: true) + fragment(.text, [0x61], isFinal: true) + close)
      #expect(await client.next() == .close(code: 1000, reason: []))
      #expect(await client.next() == nil)
      #expect(await fixture.engine.closed.next() == .peer(code: 1000))
    }
  }

  @Test("a close frame between the fragments of a message ends it")
  func closeInside() async throws {
    try await Fixture.run { fixture in
      let client = try await SocketClient.open(fixture)
      client.raw.send(fragment(.text, [0x61]) + FrameHeader.frame(.close, FrameHeader.closePayload(1001), role: .client))
      #expect(await client.next() == .close(code: 1001, reason: []))
      #expect(await client.next() == nil)
    }
  }

  @Test("a reason of up to 123 bytes is fine, one that is not UTF-8 is told 1007, an illegal code 1002")
  func reasons() async throws {
    try await Fixture.run { fixture in
      let reason = [UInt8](repeating: 0x61, count: 123)
      for (payload, code) in [
        (FrameHeader.closePayload(1000) + reason, UInt16(1000)), (FrameHeader.closePayload(1000) + [0xCE, 0xBA, 0xE1], 1007),
        (FrameHeader.closePayload(1005), 1002), (FrameHeader.closePayload(2999), 1002), ([0x03], 1002),
        (FrameHeader.closePayload(4999), 4999),
      ] {
        let client = try await SocketClient.open(fixture)
        client.send(.close, payload)
        #expect(await client.next() == .close(code: code, reason: []))
        #expect(await client.next() == nil)
      }
    }
  }
}
