/// Checks UTF-8 piece by piece and fails at the first byte that can't be continued to valid text (RFC 3629 §4).
struct UTF8Validator: Sendable {
  /// Continuation bytes still due.
  private var due: UInt8 = 0
  /// Bounds of the next continuation byte; narrower than 80…BF after E0, ED, F0 and F4.
  private var lower: UInt8 = 0x80
  private var upper: UInt8 = 0xBF

  /// Whether the text may end here.
  var isComplete: Bool { due == 0 }

  /// Takes the next bytes; false when they can't be part of valid text.
  mutating func accept(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var index = 0
    let count = bytes.count
    while index < count {
      if due == 0 {
        index = Self.endOfASCII(in: bytes, from: index)
        guard index < count else { return true }
      }
      guard accept(bytes[index]) else { return false }
      index += 1
    }
    return true
  }

  /// Where the bytes that are plain ASCII end, or fewer than eight are left to look at together.
  @inline(__always)
  private static func endOfASCII(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    func word(_ index: Int) -> UInt64 { bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) }
    let highs: UInt64 = 0x8080_8080_8080_8080
    var index = start
    while index + 8 <= bytes.count, word(index) & highs == 0 {
      index += 8
      // Only after a first look: text with accents comes here between any two of them.
      while index + 32 <= bytes.count, (word(index) | word(index + 8) | word(index + 16) | word(index + 24)) & highs == 0 { index += 32 }
    }
    return index
  }

  private mutating func accept(_ byte: UInt8) -> Bool {
    guard due == 0 else {
      guard byte >= lower, byte <= upper else { return false }
      (due, lower, upper) = (due - 1, 0x80, 0xBF)
      return true
    }
    switch byte {
    case 0x00...0x7F: break
    case 0xC2...0xDF: due = 1
    case 0xE0: (due, lower) = (2, 0xA0)
    case 0xED: (due, upper) = (2, 0x9F)
    case 0xE1...0xEF: due = 2
    case 0xF0: (due, lower) = (3, 0x90)
    case 0xF4: (due, upper) = (3, 0x8F)
    case 0xF1...0xF3: due = 3
    default: return false
    }
    return true
  }
}
