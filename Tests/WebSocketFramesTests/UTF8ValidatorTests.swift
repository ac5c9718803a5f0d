import Testing

@testable import WebSocketFrames

@Suite("Incremental UTF-8")
struct UTF8ValidatorTests {
  private func isValid(_ bytes: [UInt8], step: Int) -> Bool {
    var validator = UTF8Validator()
    for start in stride(from: 0, to: bytes.count, by: step) {
      let piece = bytes[start..<min(start + step, bytes.count)]
      guard piece.withUnsafeBytes({ validator.accept($0) }) else { return false }
    }
    return validator.isComplete
  }

  @Test("agrees with the standard library on every sequence of up to three interesting bytes and on four-byte forms")
  func agreement() async {
    let edges: [UInt8] = [
      0, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4,
      0xF5, 0xFF,
    ]
    func check(_ bytes: [UInt8]) {
      let expected = String(validating: bytes, as: UTF8.self) != nil
      #expect(isValid(bytes, step: 1) == expected, "\(bytes)")
      #expect(isValid(bytes, step: 99) == expected, "\(bytes)")
    }
    for a in edges {
      await Task.yield()
      check([a])
      for b in edges {
        check([a, b])
        for c in edges {
          check([a, b, c])
          if a >= 0xF0 { for d in edges { check([a, b, c, d]) } }
        }
      }
    }
  }

  @Test("long ASCII with one bad byte anywhere is refused")
  func asciiRuns() {
    for (place, step) in (0..<80).flatMap({ place in [13, 99].map { (place, $0) } }) {
      var bytes = [UInt8](repeating: 0x61, count: 80)
      #expect(isValid(bytes, step: step))
      bytes[place] = 0xFF
      #expect(!isValid(bytes, step: step))
    }
  }

  @Test("text that turns invalid is refused before the message is complete, and truncated text at its end")
  func failFast() {
    #expect(violation(frame(.text, [0xCE, 0xBA, 0xED, 0xA0, 0x80], isFinal: false), step: 1) == 1007)
    #expect(violation(frame(.text, [0xCE])) == 1007)
    #expect(violation(frame(.text, [0xCE], isFinal: false) + frame(.continuation, [0xBA]), step: 1) == nil)
    #expect(violation(frame(.binary, [0xFF])) == nil)
  }
}
