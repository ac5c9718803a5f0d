/// A place in JSON text and the steps forward from it. Both the scanner and the parser walk with it.
struct JSONCursor {
  let bytes: UnsafeRawBufferPointer
  let maxDepth: Int
  var index: Int
  /// How many more values may be made.
  var valuesLeft: Int
  /// False once there was something that would be written otherwise: space within a container, an escape with another spelling.
  var isCanonical = true

  init(_ bytes: UnsafeRawBufferPointer, at index: Int, maxDepth: Int, maxValues: Int = .max) {
    self.bytes = bytes
    self.index = index
    self.maxDepth = maxDepth
    valuesLeft = maxValues
  }

  @inline(__always)
  var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

  func failure(_ code: JSONError.Code, at place: Int? = nil) -> JSONError {
    JSONError(code: index >= bytes.count && code == .unexpectedByte ? .unexpectedEnd : code, offset: place ?? index)
  }

  @inline(__always)
  mutating func skipSpace() {
    while index < bytes.count {
      switch bytes[index] {
      case 0x20, 0x0A, 0x0D, 0x09: index += 1
      default: return
      }
    }
  }

  @inline(__always)
  mutating func take(_ byte: UInt8) -> Bool {
    guard index < bytes.count, bytes[index] == byte else { return false }
    index += 1
    return true
  }

  @inline(__always)
  mutating func expect(_ byte: UInt8) throws(JSONError) {
    guard take(byte) else { throw failure(.unexpectedByte) }
  }

  mutating func expectEnd() throws(JSONError) {
    skipSpace()
    guard index == bytes.count else { throw failure(.trailingBytes) }
  }

  mutating func expectWord(_ word: StaticString) throws(JSONError) {
    for offset in 0..<word.utf8CodeUnitCount {
      guard index < bytes.count, bytes[index] == word.utf8Start[offset] else { throw failure(.unexpectedByte) }
      index += 1
    }
  }

  mutating func skipValue(depth: Int) throws(JSONError) {
    guard let byte = peek else { throw failure(.unexpectedEnd) }
    switch byte {
    case UInt8(ascii: "{"): try skipContainer(closing: UInt8(ascii: "}"), keyed: true, depth: depth + 1)
    case UInt8(ascii: "["): try skipContainer(closing: UInt8(ascii: "]"), keyed: false, depth: depth + 1)
    case UInt8(ascii: "\""): try skipString()
    case UInt8(ascii: "t"): try expectWord("true")
    case UInt8(ascii: "f"): try expectWord("false")
    case UInt8(ascii: "n"): try expectWord("null")
    default: try skipNumber()
    }
  }

  private mutating func skipContainer(closing: UInt8, keyed: Bool, depth: Int) throws(JSONError) {
    guard depth <= maxDepth else { throw failure(.tooDeep) }
    index += 1
    skipSpace()
    if take(closing) { return }
    while true {
      skipSpace()
      if keyed {
        guard peek == UInt8(ascii: "\"") else { throw failure(.unexpectedByte) }
        try skipString()
        skipSpace()
        try expect(UInt8(ascii: ":"))
        skipSpace()
      }
      try skipValue(depth: depth)
      skipSpace()
      if take(UInt8(ascii: ",")) { continue }
      try expect(closing)
      return
    }
  }

  mutating func skipNumber() throws(JSONError) {
    let start = index
    _ = take(UInt8(ascii: "-"))
    if take(UInt8(ascii: "0")) == false {
      guard try skipDigits() > 0 else { throw index == start ? failure(.unexpectedByte) : failure(.badNumber, at: start) }
    }
    if take(UInt8(ascii: ".")) {
      guard try skipDigits() > 0 else { throw failure(.badNumber, at: start) }
    }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if take(UInt8(ascii: "+")) == false { _ = take(UInt8(ascii: "-")) }
      guard try skipDigits() > 0 else { throw failure(.badNumber, at: start) }
    }
  }

  private mutating func skipDigits() throws(JSONError) -> Int {
    let start = index
    while let byte = peek, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { index += 1 }
    return index - start
  }
}
