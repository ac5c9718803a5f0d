import Testing

@testable import WebSocketFrames

@Suite("Frames to be sent")
struct FrameHeaderTests {
  @Test("the header has the size it says and the shortest length form", arguments: [0, 125, 126, 65535, 65536, 1 << 33])
  func sizes(length: Int) {
    for mask: UInt32? in [nil, 7] {
      let header = FrameHeader(.binary, length: length, mask: mask)
      var bytes: [UInt8] = []
      header.forEachByte { bytes.append($0) }
      #expect(bytes.count == header.size)
      #expect(Int(bytes[1] & 0x7F) == (length < 126 ? length : length <= 65535 ? 126 : 127))
      #expect((bytes[1] & 0x80 != 0) == (mask != nil))
    }
  }

  @Test("what one role sends the other reads", arguments: [0, 5, 126, 70000])
  func roundTrip(count: Int) throws {
    let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    #expect(try decode(FrameHeader.frame(.binary, payload, role: .client), role: .server, limit: 0) == [.binary(payload)])
    #expect(try decode(FrameHeader.frame(.binary, payload, role: .server), role: .client, limit: 0) == [.binary(payload)])
  }

  @Test("masking in pieces equals masking at once")
  func phases() {
    var whole = (0..<100).map { UInt8($0) }
    var pieces = whole
    whole.withUnsafeMutableBytes { Masking.apply(0xA1B2_C3D4, to: $0) }
    for (start, end) in [(0, 1), (1, 4), (4, 21), (21, 22), (22, 100)] {
      pieces.withUnsafeMutableBytes {
        Masking.apply(0xA1B2_C3D4, phase: start, to: UnsafeMutableRawBufferPointer(rebasing: $0[start..<end]))
      }
    }
    #expect(whole == pieces)
    let key: [UInt8] = [0xD4, 0xC3, 0xB2, 0xA1]
    #expect(whole == (0..<100).map { UInt8($0) ^ key[$0 % 4] })
  }

  @Test("the key exchange is that of RFC 6455 §1.3")
  func handshake() {
    #expect(Handshake.accept(for: "dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    #expect(Handshake.isValid(key: "dGhlIHNhbXBsZSBub25jZQ=="))
    #expect(Handshake.isValid(key: Handshake.makeKey()))
    for key in ["", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ=a", "dGhlIHNhbXBsZSBub25j====", "dGhlIHNhbXBsZSBub25!ZQ=="] {
      #expect(!Handshake.isValid(key: key), "\(key)")
    }
  }
}
