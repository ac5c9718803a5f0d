import Testing

@testable import HubStore

@Suite struct ChecksumTests {
  @Test("the checksum is that of RFC 3720, section B.4", arguments: [false, true])
  func known(usesTables: Bool) {
    func checksum(_ bytes: [UInt8]) -> UInt32 {
      var checksum = Checksum(usesTables: usesTables)
      checksum.add(bytes)
      return checksum.value
    }
    #expect(checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(checksum(Array(0..<32)) == 0x46DD_794E)
    #expect(checksum(Array("123456789".utf8)) == 0xE306_9283)
    #expect(checksum([]) == 0)
  }

  @Test("the processor and the tables agree, wherever a text is cut")
  func agree() {
    let bytes = (0..<203).map { UInt8(truncatingIfNeeded: $0 &* 37 ^ $0 >> 3) }
    for cut in 0...bytes.count {
      var (one, other) = (Checksum(), Checksum(usesTables: true))
      for part in [bytes[..<cut], bytes[cut...]] {
        one.add(Array(part))
        other.add(Array(part))
      }
      #expect(one.value == other.value)
    }
  }
}
