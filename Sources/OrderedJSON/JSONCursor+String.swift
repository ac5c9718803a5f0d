extension JSONCursor {
  /// Moves past a string after checking its escapes and its UTF-8. Returns the range between the quotes and whether it has escapes.
  @discardableResult
  mutating func skipString() throws(JSONError) -> (content: Range<Int>, escaped: Bool) {
    try expect(UInt8(ascii: "\""))
    let start = index
    var escaped = false
    while true {
      index = JSONWord.nextMark(in: bytes, from: index)
      guard index < bytes.count else { throw failure(.unexpectedEnd) }
      switch bytes[index] {
      case UInt8(ascii: "\""):
        index += 1
        return (start..<(index - 1), escaped)
      case UInt8(ascii: "\\"):
        escaped = true
        try skipEscape()
      case 0x80...: try skipScalars()
      default: throw failure(.badString)
      }
    }
  }

  private mutating func skipEscape() throws(JSONError) {
    index += 1
    guard let kind = peek else { throw failure(.unexpectedEnd) }
    index += 1
    switch kind {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"),
      UInt8(ascii: "t"):
      return
    case UInt8(ascii: "/"):
      isCanonical = false
    case UInt8(ascii: "u"):
      isCanonical = false
      _ = try hexUnit()
    default:
      throw failure(.badString, at: index - 1)
    }
  }

  /// Four hexadecimal digits at the cursor.
  private mutating func hexUnit() throws(JSONError) -> UInt32 {
    guard index + 4 <= bytes.count else { throw failure(.unexpectedEnd, at: bytes.count) }
    var unit: UInt32 = 0
    for _ in 0..<4 {
      let byte = bytes[index]
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: throw failure(.badString)
      }
      unit = unit << 4 | UInt32(digit)
      index += 1
    }
    return unit
  }

  /// Multi-byte scalars, as many as there are. The table is Unicode's "well-formed UTF-8 byte sequences" (chapter 3, table 3-7).
  private mutating func skipScalars() throws(JSONError) {
    while let leading = peek, leading >= 0x80 {
      let (low, high, length): (UInt8, UInt8, Int)
      switch leading {
      case 0xC2...0xDF: (low, high, length) = (0x80, 0xBF, 2)
      case 0xE0: (low, high, length) = (0xA0, 0xBF, 3)
      case 0xE1...0xEC, 0xEE...0xEF: (low, high, length) = (0x80, 0xBF, 3)
      case 0xED: (low, high, length) = (0x80, 0x9F, 3)
      case 0xF0: (low, high, length) = (0x90, 0xBF, 4)
      case 0xF1...0xF3: (low, high, length) = (0x80, 0xBF, 4)
      case 0xF4: (low, high, length) = (0x80, 0x8F, 4)
      default: throw failure(.badUTF8)
      }
      guard index + length <= bytes.count, bytes[index + 1] >= low, bytes[index + 1] <= high,
        length < 3 || bytes[index + 2] & 0xC0 == 0x80, length < 4 || bytes[index + 3] & 0xC0 == 0x80
      else { throw failure(.badUTF8) }
      index += length
    }
  }

  /// The text of the string at the cursor. A lone surrogate becomes U+FFFD, because a Swift string cannot hold it.
  mutating func parseString() throws(JSONError) -> String {
    let (content, escaped) = try skipString()
    guard escaped else { return String(decoding: bytes[content], as: UTF8.self) }
    return Self.unescaped(UnsafeRawBufferPointer(rebasing: bytes[content]))
  }

  /// The text that the content of a string stands for, its escapes having been checked.
  static func unescaped(_ content: UnsafeRawBufferPointer) -> String {
    var cursor = JSONCursor(content, at: 0, maxDepth: 0)
    return cursor.unescape()
  }

  private mutating func unescape() -> String {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    while let byte = peek {
      index += 1
      guard byte == UInt8(ascii: "\\"), let kind = peek else {
        output.append(byte)
        continue
      }
      index += 1
      switch kind {
      case UInt8(ascii: "b"): output.append(0x08)
      case UInt8(ascii: "f"): output.append(0x0C)
      case UInt8(ascii: "n"): output.append(0x0A)
      case UInt8(ascii: "r"): output.append(0x0D)
      case UInt8(ascii: "t"): output.append(0x09)
      case UInt8(ascii: "u"): output.append(contentsOf: String(escapedScalar()).utf8)
      default: output.append(kind)
      }
    }
    return String(decoding: output, as: UTF8.self)
  }

  private mutating func escapedScalar() -> Character {
    guard let unit = try? hexUnit() else { return "\u{FFFD}" }
    if (0xD800...0xDBFF).contains(unit), index + 6 <= bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u")
    {
      let mark = index
      index += 2
      if let low = try? hexUnit(), (0xDC00...0xDFFF).contains(low),
        let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
      {
        return Character(scalar)
      }
      index = mark
    }
    return Unicode.Scalar(unit).map(Character.init) ?? "\u{FFFD}"
  }
}
