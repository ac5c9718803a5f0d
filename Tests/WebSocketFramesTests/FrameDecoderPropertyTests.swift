import HubTesting
import Testing

@testable import WebSocketFrames

@Suite("Frame decoder, random input")
struct FrameDecoderPropertyTests {
  private enum Outcome: Equatable {
    case events([FrameEvent])
    case violation(UInt16, after: [FrameEvent])
  }

  private func outcome(_ bytes: [UInt8], cuts: (Int) -> Int) -> Outcome {
    var decoder = FrameDecoder(role: .server, limit: 500)
    var events: [FrameEvent] = []
    var start = 0
    do {
      while start < bytes.count {
        let end = min(start + cuts(start), bytes.count)
        try bytes[start..<end].withUnsafeBytes { piece in
          var offset = 0
          while let event = try decoder.next(piece, at: &offset) { events.append(event) }
        }
        start = end
      }
      return .events(events)
    } catch {
      return .violation((error as? FrameViolation)?.code ?? 0, after: events)
    }
  }

  @Test("bytes mean the same however they are cut, valid or not")
  func cuts() async {
    var random = SeededGenerator(seed: 42)
    for _ in 0..<3000 {
      await Task.yield()
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let opcode: Opcode = [.text, .binary, .continuation, .ping, .pong, .close].randomElement(using: &random) ?? .text
        let count = opcode.isControl ? Int.random(in: 0...125, using: &random) : Int.random(in: 0...300, using: &random)
        let payload = (0..<count).map { _ in UInt8.random(in: 0x20...0x7E, using: &random) }
        bytes += frame(opcode, payload, isFinal: Bool.random(using: &random) || opcode.isControl)
      }
      if Bool.random(using: &random), let place = bytes.indices.randomElement(using: &random) {
        bytes[place] = .random(in: .min ... .max, using: &random)
      }
      let whole = outcome(bytes) { _ in .max / 2 }
      #expect(outcome(bytes) { _ in 1 } == whole)
      var cutter = random
      #expect(outcome(bytes) { _ in Int.random(in: 1...40, using: &cutter) } == whole)
    }
  }
}
