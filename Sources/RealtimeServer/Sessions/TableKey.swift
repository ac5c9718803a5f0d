import EngineIO

/// A name for a place in one event loop's table that cannot be guessed: eleven random bytes, the loop, the place. As text it is
/// twenty characters of base64url. A stale key finds another key in its place, and so nothing.
struct TableKey: Sendable, Hashable {
  private let high: UInt64
  private let low: UInt64

  init(loop: Int, slot: Int, using generator: inout some RandomNumberGenerator) {
    high = generator.next()
    low = (generator.next() & 0xFF_FFFF) << 32 | UInt64(loop & 0xFF) << 24 | UInt64(slot & 0xFF_FFFF)
  }

  /// A key that names no place.
  init(using generator: inout some RandomNumberGenerator) {
    high = generator.next()
    low = generator.next() >> 8
  }

  init?(text: some Sequence<UInt8>) {
    var (high, low) = (UInt64(0), UInt64(0))
    var count = 0
    for character in text {
      guard count < 20, let bits = Base64.value(of: character, url: true) else { return nil }
      // 120 bits: the first 64 are `high`, the other 56 `low`.
      switch count {
      case 0..<10: high = high << 6 | UInt64(bits)
      case 10:
        high = high << 4 | UInt64(bits >> 2)
        low = UInt64(bits & 3)
      default: low = low << 6 | UInt64(bits)
      }
      count += 1
    }
    guard count == 20 else { return nil }
    self.high = high
    self.low = low
  }

  /// The index of the event loop; it may be one that does not exist.
  var loop: Int { Int(low >> 24 & 0xFF) }
  /// The place in that loop's table; it may be one that does not exist.
  var slot: Int { Int(low & 0xFF_FFFF) }

  var text: String {
    String(unsafeUninitializedCapacity: 20) { bytes in
      for index in 0..<20 { bytes[index] = Base64.character(bits(at: index), url: true) }
      return 20
    }
  }

  private func bits(at index: Int) -> UInt32 {
    switch index {
    case 0..<10: UInt32(truncatingIfNeeded: high >> UInt64(58 - index * 6)) & 63
    case 10: UInt32(truncatingIfNeeded: high & 15) << 2 | UInt32(truncatingIfNeeded: low >> 54) & 3
    default: UInt32(truncatingIfNeeded: low >> UInt64(48 - (index - 11) * 6)) & 63
    }
  }
}
