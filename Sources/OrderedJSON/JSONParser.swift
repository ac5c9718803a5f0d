extension JSONValue {
  /// How many values a document may have unless another number is given. As a value takes many times the two bytes that it may have in
  /// the text, a limit for the text is not enough.
  public static let standardMaxValues = 1_000_000

  /// Parses a whole document; white space around it is allowed.
  ///
  /// - Parameters:
  ///   - maxDepth: how many arrays and objects may be nested.
  ///   - maxValues: how many values there may be, at every depth together.
  public init(
    parsing bytes: UnsafeRawBufferPointer, maxDepth: Int = 128, maxValues: Int = standardMaxValues
  ) throws(JSONError) {
    var cursor = JSONCursor(bytes, at: 0, maxDepth: maxDepth, maxValues: maxValues)
    cursor.skipSpace()
    self = try cursor.parseValue(depth: 0)
    try cursor.expectEnd()
  }

  /// Parses a whole document from bytes.
  public init(parsing bytes: [UInt8], maxDepth: Int = 128, maxValues: Int = standardMaxValues) throws(JSONError) {
    let result = bytes.withUnsafeBytes { buffer in
      Result { () throws(JSONError) in try JSONValue(parsing: buffer, maxDepth: maxDepth, maxValues: maxValues) }
    }
    self = try result.get()
  }

  /// Parses a whole document from text.
  public init(parsing text: String, maxDepth: Int = 128, maxValues: Int = standardMaxValues) throws(JSONError) {
    try self.init(parsing: Array(text.utf8), maxDepth: maxDepth, maxValues: maxValues)
  }
}

extension JSONCursor {
  mutating func parseValue(depth: Int) throws(JSONError) -> JSONValue {
    guard let byte = peek else { throw failure(.unexpectedEnd) }
    guard valuesLeft > 0 else { throw failure(.tooMany) }
    valuesLeft -= 1
    switch byte {
    case UInt8(ascii: "{"):
      return try parseObject(depth: depth + 1)
    case UInt8(ascii: "["):
      return try parseArray(depth: depth + 1)
    case UInt8(ascii: "\""):
      return .string(try parseString())
    case UInt8(ascii: "t"):
      try expectWord("true")
      return .bool(true)
    case UInt8(ascii: "f"):
      try expectWord("false")
      return .bool(false)
    case UInt8(ascii: "n"):
      try expectWord("null")
      return .null
    default:
      let start = index
      try skipNumber()
      return .number(JSONNumber(validated: String(decoding: bytes[start..<index], as: UTF8.self)))
    }
  }

  private mutating func parseArray(depth: Int) throws(JSONError) -> JSONValue {
    guard depth <= maxDepth else { throw failure(.tooDeep) }
    index += 1
    var elements: [JSONValue] = []
    skipSpace()
    if take(UInt8(ascii: "]")) { return .array(elements) }
    while true {
      skipSpace()
      elements.append(try parseValue(depth: depth))
      skipSpace()
      if take(UInt8(ascii: ",")) { continue }
      try expect(UInt8(ascii: "]"))
      return .array(elements)
    }
  }

  private mutating func parseObject(depth: Int) throws(JSONError) -> JSONValue {
    guard depth <= maxDepth else { throw failure(.tooDeep) }
    index += 1
    var members: [JSONObject.Member] = []
    skipSpace()
    if take(UInt8(ascii: "}")) { return .object(JSONObject()) }
    while true {
      skipSpace()
      guard peek == UInt8(ascii: "\"") else { throw failure(.unexpectedByte) }
      let key = try parseString()
      skipSpace()
      try expect(UInt8(ascii: ":"))
      skipSpace()
      members.append(JSONObject.Member(key: key, value: try parseValue(depth: depth)))
      skipSpace()
      if take(UInt8(ascii: ",")) { continue }
      try expect(UInt8(ascii: "}"))
      return .object(JSONObject(parsed: members))
    }
  }
}
