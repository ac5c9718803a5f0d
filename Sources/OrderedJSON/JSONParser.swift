extension JSONValue {
  /// How many values a document may have unless another number is given. As a value takes many times the two bytes that it may have in
  /// the text, a limit for the text is not enough.
  public static let standardMaxValues = 1_000_000

  /// Parses a whole document; white space around it is allowed.
  ///
  /// The text is checked as a whole, and objects keep it: their members are made when they are asked for.
  ///
  /// - Parameters:
  ///   - maxDepth: how many arrays and objects may be nested.
  ///   - maxValues: how many values there may be, at every depth together.
  public init(
    parsing bytes: UnsafeRawBufferPointer, maxDepth: Int = 128, maxValues: Int = standardMaxValues
  ) throws(JSONError) {
    try self.init(parsing: bytes, kept: Array(bytes), maxDepth: maxDepth, maxValues: maxValues)
  }

  /// - Parameter text: the same bytes, to be kept.
  private init(
    parsing bytes: UnsafeRawBufferPointer, kept text: @autoclosure () -> [UInt8], maxDepth: Int, maxValues: Int
  ) throws(JSONError) {
    // Places are kept in 32 bits.
    guard bytes.count <= UInt32.max else { throw JSONError(code: .tooMany, offset: Int(UInt32.max)) }
    var cursor = JSONCursor(bytes, at: 0, maxDepth: maxDepth, maxValues: maxValues)
    var nodes: [JSONTape.Node] = []
    nodes.reserveCapacity(min(bytes.count / 10 + 2, 4096))
    cursor.skipSpace()
    try cursor.recordValue(in: &nodes, depth: 0)
    let isCanonical = cursor.isCanonical
    try cursor.expectEnd()
    switch nodes[0].kind {
    case .array where nodes.count == 1: self = .array([])
    case .object where nodes.count == 1: self = .object(JSONObject())
    case .array, .object: self = JSONTape(text: text(), nodes: nodes, isCanonical: isCanonical).value(at: 0)
    default: self = JSONTape.scalar(nodes[0], in: bytes)
    }
  }

  /// Parses a whole document from bytes.
  public init(parsing bytes: [UInt8], maxDepth: Int = 128, maxValues: Int = standardMaxValues) throws(JSONError) {
    let result = bytes.withUnsafeBytes { buffer in
      Result { () throws(JSONError) in try JSONValue(parsing: buffer, kept: bytes, maxDepth: maxDepth, maxValues: maxValues) }
    }
    self = try result.get()
  }

  /// Parses a whole document from text.
  public init(parsing text: String, maxDepth: Int = 128, maxValues: Int = standardMaxValues) throws(JSONError) {
    try self.init(parsing: Array(text.utf8), maxDepth: maxDepth, maxValues: maxValues)
  }
}

extension JSONCursor {
  /// Moves past a value after checking it whole, and writes down where it and all it holds lie.
  mutating func recordValue(in nodes: inout [JSONTape.Node], depth: Int) throws(JSONError) {
    guard let byte = peek else { throw failure(.unexpectedEnd) }
    guard valuesLeft > 0 else { throw failure(.tooMany) }
    valuesLeft -= 1
    let start = index
    switch byte {
    case UInt8(ascii: "{"): return try recordObject(in: &nodes, depth: depth + 1)
    case UInt8(ascii: "["): return try recordArray(in: &nodes, depth: depth + 1)
    case UInt8(ascii: "\""): return try recordString(in: &nodes)
    case UInt8(ascii: "t"):
      try expectWord("true")
      record(.yes, start..<index, in: &nodes)
    case UInt8(ascii: "f"):
      try expectWord("false")
      record(.no, start..<index, in: &nodes)
    case UInt8(ascii: "n"):
      try expectWord("null")
      record(.null, start..<index, in: &nodes)
    default:
      try skipNumber()
      record(.number, start..<index, in: &nodes)
    }
  }

  @inline(__always)
  private func record(_ kind: JSONTape.Kind, _ range: Range<Int>, in nodes: inout [JSONTape.Node]) {
    nodes.append(
      JSONTape.Node(
        start: UInt32(truncatingIfNeeded: range.lowerBound), end: UInt32(truncatingIfNeeded: range.upperBound),
        next: UInt32(truncatingIfNeeded: nodes.count + 1), kind: kind))
  }

  private mutating func recordString(in nodes: inout [JSONTape.Node]) throws(JSONError) {
    let (content, escaped) = try skipString()
    record(escaped ? .escaped : .string, content, in: &nodes)
  }

  private mutating func recordArray(in nodes: inout [JSONTape.Node], depth: Int) throws(JSONError) {
    guard depth <= maxDepth else { throw failure(.tooDeep) }
    let place = nodes.count
    record(.array, index..<index, in: &nodes)
    index += 1
    passSpace()
    if !take(UInt8(ascii: "]")) {
      while true {
        passSpace()
        try recordValue(in: &nodes, depth: depth)
        passSpace()
        if take(UInt8(ascii: ",")) { continue }
        try expect(UInt8(ascii: "]"))
        break
      }
    }
    close(place, in: &nodes)
  }

  private mutating func recordObject(in nodes: inout [JSONTape.Node], depth: Int) throws(JSONError) {
    guard depth <= maxDepth else { throw failure(.tooDeep) }
    let place = nodes.count
    record(.object, index..<index, in: &nodes)
    index += 1
    passSpace()
    if !take(UInt8(ascii: "}")) {
      while true {
        passSpace()
        guard peek == UInt8(ascii: "\"") else { throw failure(.unexpectedByte) }
        try recordString(in: &nodes)
        passSpace()
        try expect(UInt8(ascii: ":"))
        passSpace()
        try recordValue(in: &nodes, depth: depth)
        passSpace()
        if take(UInt8(ascii: ",")) { continue }
        try expect(UInt8(ascii: "}"))
        break
      }
    }
    close(place, in: &nodes)
  }

  private func close(_ place: Int, in nodes: inout [JSONTape.Node]) {
    nodes[place].end = UInt32(truncatingIfNeeded: index)
    nodes[place].next = UInt32(truncatingIfNeeded: nodes.count)
  }

  /// Moves past space inside a container.
  @inline(__always)
  private mutating func passSpace() {
    guard index < bytes.count, bytes[index] <= 0x20 else { return }
    isCanonical = false
    skipSpace()
  }
}
