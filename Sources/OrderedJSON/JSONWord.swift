/// Looks at eight bytes of text at a time.
enum JSONWord {
  static let highs: UInt64 = 0x8080_8080_8080_8080
  private static let ones: UInt64 = 0x0101_0101_0101_0101

  /// Marks in their high bits those of eight bytes that are a quote, a backslash or a control character.
  /// A byte that is zero borrows from the next and so sets its high bit; the same goes, with 0x20 taken off, for one below 0x20.
  /// Borrows only go upwards: the lowest mark is right, those above it may not be.
  @inline(__always)
  static func marks(_ word: UInt64) -> UInt64 {
    let (quote, backslash) = (word ^ ones &* 0x22, word ^ ones &* 0x5C)
    return ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (word &- ones &* 0x20) & ~word) & highs
  }

  /// The same, and those that are no ASCII. Because these count, the others' high bits are clear, and fewer steps tell the rest apart.
  @inline(__always)
  private static func marksOrForeign(_ word: UInt64) -> UInt64 {
    (((word ^ ones &* 0x22) &- ones) | ((word ^ ones &* 0x5C) &- ones) | (word &- ones &* 0x20) | word) & highs
  }

  /// The place of the next byte of a string's content that is a quote, a backslash, a control character or no ASCII; the end when
  /// there is none.
  static func nextMark(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    var index = start
    while index + 8 <= bytes.count {
      let found = marksOrForeign(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)))
      if found != 0 { return index + found.trailingZeroBitCount / 8 }
      index += 8
    }
    while index < bytes.count {
      let byte = bytes[index]
      if byte < 0x20 || byte >= 0x80 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return index }
      index += 1
    }
    return index
  }

  /// The place of the next byte that a string cannot hold as it is; the end when there is none.
  static func nextEscape(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    var index = start
    while index + 8 <= bytes.count {
      let found = marks(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)))
      if found != 0 { return index + found.trailingZeroBitCount / 8 }
      index += 8
    }
    while index < bytes.count {
      let byte = bytes[index]
      if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return index }
      index += 1
    }
    return index
  }
}
