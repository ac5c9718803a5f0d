import NIOCore
import Testing
import WebSocketFrames

@testable import RealtimeServer

@Suite("The order of what is sent", .timeLimit(.minutes(2)))
struct OutputOrderTests {
  /// Sizes on both sides of what is gathered in a turn and of what a socket takes at once.
  private static let sizes = [4, 100, 5000, 40_000, 70_000, 300_000]

  private func payload(_ number: Int) -> [UInt8] {
    let size = Self.sizes[number % Self.sizes.count]
    return withUnsafeBytes(of: UInt32(number).bigEndian) { Array($0) } + [UInt8](repeating: UInt8(number & 0xFF), count: size)
  }

  @Test("a peer that reads late gets everything once and in order, whether the socket took it or the channel kept it")
  func lateReader() async throws {
    try await Fixture.run({
      $0.webSocket.hard = 1 << 30
      $0.webSocket.soft = 1 << 30
    }) { fixture in
      let client = try await SocketClient.open(fixture)
      var number = 0
      for round in 0..<4 {
        try await client.raw.stopReading()
        let first = number
        for _ in 0..<120 {
          client.send(.binary, payload(number))
          number += 1
        }
        // Later rounds are sent while earlier ones are still being read.
        if round == 1 { continue }
        client.raw.startReading()
        for expected in (round == 2 ? first - 120 : first)..<number {
          guard case .binary(let bytes)? = await client.next() else {
            Issue.record("no message \(expected)")
            return
          }
          #expect(bytes == payload(expected), "message \(expected)")
        }
      }
      // With nothing waiting any more, the socket is used directly again.
      for _ in 0..<50 {
        client.send(.binary, payload(number))
        #expect(await client.next() == .binary(payload(number)))
        number += 1
      }
    }
  }

  @Test("answers to one read come in order, those for this peer alone and shared ones, also when they are more than is put together")
  func mixedAnswers() async throws {
    try await Fixture.run { fixture in
      let client = try await SocketClient.open(fixture)
      func payload(_ number: Int) -> [UInt8] { Array("\(number) ".utf8) + [UInt8](repeating: 0x61, count: number % 5 * 150) }
      let frames = (0..<600).flatMap { FrameHeader.frame($0 % 3 == 0 ? .binary : .text, payload($0), role: .client) }
      client.raw.send(frames + FrameHeader.frame(.ping, [1], role: .client) + FrameHeader.frame(.close, [], role: .client))
      for number in 0..<600 {
        let expected: FrameEvent = number % 3 == 0 ? .binary(payload(number)) : .text(payload(number))
        #expect(await client.next() == expected, "message \(number)")
      }
      #expect(await client.next() == .pong([1]))
      #expect(await client.next() == .close(code: nil, reason: []))
      #expect(await client.next() == nil)
    }
  }

  @Test("an answer larger than the socket takes comes before those behind it")
  func largeAnswer() async throws {
    try await Fixture.run { fixture in
      let client = try await fixture.client()
      try await client.stopReading()
      client.send(get("/big") + get("/hello") + get("/big") + get("/hello"))
      client.startReading()
      for _ in 0..<2 {
        #expect(await client.response()?.body.utf8.count == 8 << 20)
        #expect(await client.response()?.body.hasPrefix("hello") == true)
      }
    }
  }
}
