import Testing

@testable import WebSocketFrames

@Suite("Compressed frames")
struct CompressedFrameTests {
  private func events(_ bytes: [UInt8], limit: Int = 1000, step: Int = .max) throws -> [FrameEvent] {
    try decode(bytes, limit: limit, step: step, inflater: Inflater())
  }

  private func code(_ bytes: [UInt8], limit: Int = 1000) -> UInt16? {
    violation(bytes, limit: limit, inflater: Inflater())
  }

  private func first(_ opcode: Opcode, _ payload: [UInt8], isFinal: Bool = true) -> [UInt8] {
    frame(opcode, payload, isFinal: isFinal, isCompressed: true)
  }

  @Test("compressed and plain messages mix, fragments and control frames too", arguments: [1, 2, 7, 1000])
  func mixed(step: Int) throws {
    let text = String(repeating: "olá ", count: 100)
    let packed = compressed(Array(text.utf8))
    let bytes =
      first(.text, packed) + frame(.text, Array("plain".utf8)) + first(.binary, compressed([1, 2, 3]))
      + first(.text, Array(packed.prefix(5)), isFinal: false) + frame(.ping, [9]) + frame(.continuation, [], isFinal: false)
      + frame(.continuation, Array(packed.dropFirst(5))) + first(.text, [0]) + first(.text, [])
    #expect(
      try events(bytes, step: step) == [
        .text(Array(text.utf8)), .text(Array("plain".utf8)), .binary([1, 2, 3]), .ping([9]), .text(Array(text.utf8)), .text([]), .text([]),
      ])
  }

  @Test("RSV1 only marks the first frame of a message, and only when it was agreed on")
  func reservedBits() {
    let packed = compressed(Array("Hello".utf8))
    #expect(violation(first(.text, packed)) == 1002, "not agreed on")
    #expect(code(first(.text, [packed[0]], isFinal: false) + first(.continuation, Array(packed.dropFirst()))) == 1002)
    for opcode in [Opcode.ping, .pong, .close] { #expect(code(first(opcode, [])) == 1002) }
    for bits: UInt8 in [0x20, 0x10, 0x60, 0x50, 0x30] { #expect(code([0x81 | bits, 0x80, 0, 0, 0, 0]) == 1002) }
  }

  @Test("text is checked after it was restored")
  func invalidText() {
    #expect(code(first(.text, compressed([0x61, 0xFF]))) == 1007)
    #expect(code(first(.text, compressed([0x61, 0xC3]))) == 1007)
    #expect(code(first(.binary, [0xFF, 0xFF, 0xFF])) == 1007, "no compressed data")
  }

  @Test("the limit is that of the restored message, whatever it took on the way")
  func case35_limit() throws {
    for payload in [[UInt8](repeating: 0x61, count: 5000), noise(5000).map { $0 & 0x7F }] {
      let bytes = first(.text, compressed(payload))
      #expect(try events(bytes, limit: 5000) == [.text(payload)])
      #expect(code(bytes, limit: 4999) == 1009)
    }
    #expect(code(first(.binary, noise(8000)), limit: 5000) == 1009, "refused by its length, before it is read")
    #expect(code(frame(.binary, noise(5001)), limit: 5000) == 1009, "a plain message gets no allowance")
  }

  @Test("sixteen kilobytes that stand for sixteen megabytes are refused at the limit, and restored without one")
  func case35_bomb() throws {
    let block = compressed([UInt8](repeating: 0, count: 16 << 20))
    let bomb = first(.binary, block)
    #expect(block.count < 20_000)
    #expect(code(bomb, limit: 1_000_000) == 1009)
    #expect(try events(bomb, limit: 0) == [.binary([UInt8](repeating: 0, count: 16 << 20))])
  }
}
