/// Walks JSON text without building values: validates it and finds where things lie, so that a part can be passed on as the
/// bytes it came in.
public enum JSONScanner {
  /// The index after the value that starts at `start` (leading white space allowed), after checking it whole.
  ///
  /// - Parameter maxDepth: how many arrays and objects may be nested.
  public static func skipValue(in bytes: UnsafeRawBufferPointer, from start: Int, maxDepth: Int) throws(JSONError) -> Int {
    var cursor = JSONCursor(bytes, at: start, maxDepth: maxDepth)
    cursor.skipSpace()
    try cursor.skipValue(depth: 0)
    return cursor.index
  }

  /// Where the elements of an array lie. All of `bytes` from `start` on must be that array; white space around it is allowed.
  ///
  /// - Parameter maxCount: how many elements there may be.
  public static func elements(
    of bytes: UnsafeRawBufferPointer, from start: Int = 0, maxDepth: Int, maxCount: Int = .max
  ) throws(JSONError) -> [Range<Int>] {
    var cursor = JSONCursor(bytes, at: start, maxDepth: maxDepth)
    var ranges: [Range<Int>] = []
    cursor.skipSpace()
    try cursor.expect(UInt8(ascii: "["))
    cursor.skipSpace()
    if cursor.take(UInt8(ascii: "]")) == false {
      ranges.reserveCapacity(4)
      while true {
        cursor.skipSpace()
        guard ranges.count < maxCount else { throw cursor.failure(.tooMany) }
        let start = cursor.index
        try cursor.skipValue(depth: 1)
        ranges.append(start..<cursor.index)
        cursor.skipSpace()
        if cursor.take(UInt8(ascii: ",")) { continue }
        try cursor.expect(UInt8(ascii: "]"))
        break
      }
    }
    try cursor.expectEnd()
    return ranges
  }

  /// The text of the JSON string that fills `range`.
  public static func string(in bytes: UnsafeRawBufferPointer, range: Range<Int>) throws(JSONError) -> String {
    var cursor = JSONCursor(UnsafeRawBufferPointer(rebasing: bytes[range]), at: 0, maxDepth: 1)
    let value = try cursor.parseString()
    try cursor.expectEnd()
    return value
  }
}
