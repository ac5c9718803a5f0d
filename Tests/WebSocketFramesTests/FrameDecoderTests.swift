import Testing

@testable import WebSocketFrames

/// Feeds bytes in pieces of at most `step`.
func decode(_ bytes: [UInt8], role: Role = .server, limit: Int = 1000, step: Int = .max, inflater: Inflater? = nil, skips: Bool = false)
  throws -> [FrameEvent]
{
  var decoder = FrameDecoder(role: role, limit: limit, inflater: inflater, skipsOversize: skips)
  var events: [FrameEvent] = []
  var start = 0
  while start < bytes.count {
    let end = start + min(step, bytes.count - start)
    try bytes[start..<end].withUnsafeBytes { piece in
      var offset = 0
      while let event = try decoder.next(piece, at: &offset) { events.append(event) }
      #expect(offset == piece.count)
    }
    start = end
  }
  return events
}

func violation(_ bytes: [UInt8], role: Role = .server, limit: Int = 1000, step: Int = .max, inflater: Inflater? = nil) -> UInt16? {
  do {
    _ = try decode(bytes, role: role, limit: limit, step: step, inflater: inflater)
    return nil
  } catch {
    return (error as? FrameViolation)?.code
  }
}

/// A masked client frame.
func frame(_ opcode: Opcode, _ payload: [UInt8], isFinal: Bool = true, isCompressed: Bool = false, mask: UInt32? = 0x8765_4321) -> [UInt8] {
  var bytes: [UInt8] = []
  FrameHeader(opcode, isFinal: isFinal, isCompressed: isCompressed, length: payload.count, mask: mask).forEachByte { bytes.append($0) }
  var body = payload
  if let mask { body.withUnsafeMutableBytes { Masking.apply(mask, to: $0) } }
  return bytes + body
}

@Suite("Frame decoder")
struct FrameDecoderTests {
  @Test("it is midway from the first byte of a message to its last, also between fragments and while a ping comes between")
  func midway() throws {
    let fragments =
      frame(.text, [0x61], isFinal: false) + frame(.ping, [1]) + frame(.continuation, [0x62]) + frame(.ping, []) + frame(.text, [])
    var decoder = FrameDecoder(role: .server, limit: 100)
    var ends: [Int] = []
    #expect(!decoder.isMidway)
    for (index, byte) in fragments.enumerated() {
      try withUnsafeBytes(of: byte) { piece in
        var offset = 0
        _ = try decoder.next(piece, at: &offset)
      }
      if !decoder.isMidway { ends.append(index + 1) }
    }
    // After the fragments and the ping between them, after the second ping, after the empty text.
    #expect(ends == [7 + 7 + 7, 7 + 7 + 7 + 6, fragments.count])
  }

  @Test("the examples of RFC 6455 §5.7 decode")
  func rfcExamples() throws {
    let masked: [UInt8] = [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]
    #expect(try decode(masked) == [.text(Array("Hello".utf8))])
    let fragments: [UInt8] = [0x01, 0x03, 0x48, 0x65, 0x6C, 0x80, 0x02, 0x6C, 0x6F]
    #expect(try decode(fragments, role: .client) == [.text(Array("Hello".utf8))])
  }

  @Test("every length form decodes, whole and byte by byte", arguments: [0, 1, 125, 126, 127, 65535, 65536, 70001])
  func lengths(count: Int) throws {
    let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let bytes = frame(.binary, payload)
    for step in [1, 3, 7, 4096, Int.max] {
      #expect(try decode(bytes, limit: 100_000, step: step) == [.binary(payload)])
    }
    #expect(try decode(frame(.binary, payload, mask: nil), role: .client, limit: 100_000, step: 5) == [.binary(payload)])
  }

  @Test("a control frame between fragments doesn't disturb them", arguments: [1, 2, 1000])
  func interleaved(step: Int) throws {
    let bytes =
      frame(.text, [0x61], isFinal: false) + frame(.ping, [9, 8]) + frame(.continuation, [], isFinal: false) + frame(.pong, [])
      + frame(.continuation, [0x62]) + frame(.close, [0x03, 0xE8] + Array("bye".utf8))
    #expect(
      try decode(bytes, step: step) == [.ping([9, 8]), .pong([]), .text([0x61, 0x62]), .close(code: 1000, reason: Array("bye".utf8))])
  }

  @Test("several messages in one read come out in order")
  func several() throws {
    let bytes = frame(.text, [0x61]) + frame(.binary, [1, 2]) + frame(.text, [])
    #expect(try decode(bytes) == [.text([0x61]), .binary([1, 2]), .text([])])
  }

  @Test("what breaks the protocol is told 1002")
  func protocolErrors() {
    for bit in [UInt8(0x40), 0x20, 0x10] {
      var bytes = frame(.text, [0x61])
      bytes[0] |= bit
      #expect(violation(bytes) == 1002, "reserved bit \(bit)")
    }
    for opcode in [UInt8(3), 7, 11, 15] { #expect(violation([0x80 | opcode, 0x80, 0, 0, 0, 0]) == 1002, "opcode \(opcode)") }
    #expect(violation(frame(.text, [0x61], mask: nil)) == 1002)
    #expect(violation(frame(.text, [0x61]), role: .client) == 1002)
    #expect(violation(frame(.ping, [], isFinal: false)) == 1002)
    #expect(violation([0x89, 0xFE, 0, 126]) == 1002)
    #expect(violation(frame(.continuation, [1])) == 1002)
    #expect(violation(frame(.text, [0x61], isFinal: false) + frame(.text, [0x62])) == 1002)
    #expect(violation([0x82, 0xFE, 0, 125]) == 1002)
    #expect(violation([0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]) == 1002)
    #expect(violation([0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0]) == 1002)
  }

  @Test("close codes that must not be sent are told 1002", arguments: [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535])
  func illegalCodes(code: Int) {
    #expect(violation(frame(.close, FrameHeader.closePayload(UInt16(code)))) == 1002)
  }

  @Test("legal close codes pass, an empty close has none, half a code is told 1002")
  func closes() throws {
    for code: UInt16 in [1000, 1003, 1007, 1014, 3000, 4999] {
      #expect(try decode(frame(.close, FrameHeader.closePayload(code))) == [.close(code: code, reason: [])])
    }
    #expect(try decode(frame(.close, [])) == [.close(code: nil, reason: [])])
    #expect(violation(frame(.close, [3])) == 1002)
    #expect(violation(frame(.close, [3, 0xE8, 0xFF])) == 1007)
  }

  @Test("a message of the limit passes and one byte more is told 1009, also across fragments")
  func limit() throws {
    #expect(try decode(frame(.binary, Array(repeating: 1, count: 10)), limit: 10).count == 1)
    #expect(violation(frame(.binary, Array(repeating: 1, count: 11)), limit: 10) == 1009)
    let six = [UInt8](repeating: 1, count: 6)
    #expect(violation(frame(.binary, six, isFinal: false) + frame(.continuation, six), limit: 10) == 1009)
    #expect(try decode(frame(.binary, six, isFinal: false) + frame(.continuation, Array(six.prefix(4))), limit: 10).count == 1)
  }

  @Test("a huge declared length is refused by its header, before any payload")
  func declared() {
    #expect(violation([0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], limit: 1000) == 1009)
    // Without a limit it is waited for, not allocated.
    #expect(violation([0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4, 5], limit: 0) == nil)
  }

  @Test("control frames don't count against the message limit")
  func controlAndLimit() throws {
    #expect(try decode(frame(.ping, Array(repeating: 1, count: 125)), limit: 10).count == 1)
  }

  @Test("one that skips tells how a message over the limit began, keeps nothing else of it, and reads on", arguments: [1, 7, .max])
  func skips(step: Int) throws {
    let large = (0..<2000).map { UInt8(truncatingIfNeeded: $0) }
    let fragments =
      frame(.text, Array("abc".utf8), isFinal: false) + frame(.ping, [1]) + frame(.continuation, large, isFinal: false)
      + frame(.continuation, [], isFinal: false) + frame(.continuation, [0x64])
    let bytes = frame(.binary, large) + fragments + frame(.text, Array("é".utf8))
    #expect(
      try decode(bytes, step: step, skips: true) == [
        .skipped(.binary, head: Array(large.prefix(512)), bytes: 2000), .ping([1]),
        .skipped(.text, head: Array("abc".utf8) + large.prefix(509), bytes: 2004), .text(Array("é".utf8)),
      ])
    #expect(violation(bytes, step: step) == CloseCode.tooBig)
  }

  @Test("what a skipped message still breaks is a violation")
  func skipsOnlySize() throws {
    let begin = frame(.text, [UInt8](repeating: 0x61, count: 2000), isFinal: false)
    for bad in [frame(.text, []), [0x0F, 0x80], frame(.ping, [], isFinal: false)] {
      #expect(throws: FrameViolation.self) { try decode(begin + bad, skips: true) }
    }
    let endless: [UInt8] = [0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0]
    #expect(throws: FrameViolation.self) { try decode(endless, skips: true) }
  }
}
