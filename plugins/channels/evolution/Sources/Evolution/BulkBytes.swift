import OrderedJSON

/// Bytes that the server writes number by number, `{"0":137,"1":80,…}` or `{"type":"Buffer","data":[137,80,…]}`. Where there are many of
/// them nobody needs them, and a file of 15 MB would be as many JSON values: they are taken out before the text is parsed.
enum BulkBytes {
  /// Texts below this length are parsed as they are.
  private static let worthwhile = 64 * 1024
  private static let data = Array(#""type":"Buffer","data":"#.utf8)
  private static let empty = Array("[]".utf8)
  private static let placeholder = Array("{\"_placeholder\":true}".utf8)

  /// Parses a text without them.
  static func parse(_ text: UnsafeRawBufferPointer, maxValues: Int) throws(JSONError) -> JSONValue {
    guard text.count >= worthwhile, let shorter = elided(text) else { return try JSONValue(parsing: text, maxValues: maxValues) }
    return try JSONValue(parsing: shorter, maxValues: maxValues)
  }

  /// The text without them; nil when there are none. What is no JSON stays none.
  static func elided(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
    var result: [UInt8] = []
    var (index, copied, isInString) = (0, 0, false)
    func replace(through end: Int, with bytes: [UInt8]) {
      result.append(contentsOf: text[copied..<index])
      result.append(contentsOf: bytes)
      (index, copied) = (end, end)
    }
    while index < text.count {
      switch text[index] {
      case UInt8(ascii: "\\") where isInString: index += 2
      case UInt8(ascii: "\""):
        isInString.toggle()
        index += 1
      case UInt8(ascii: "[") where isInString == false && follows(data, in: text, at: index):
        if let end = Numbers.end(ofArrayIn: text, at: index) { replace(through: end, with: empty) } else { index += 1 }
      case UInt8(ascii: "{") where isInString == false:
        if let end = Numbers.end(ofObjectIn: text, at: index) { replace(through: end, with: placeholder) } else { index += 1 }
      default: index += 1
      }
    }
    guard copied > 0 else { return nil }
    result.append(contentsOf: text[copied...])
    return result
  }

  private static func follows(_ word: [UInt8], in text: UnsafeRawBufferPointer, at index: Int) -> Bool {
    index >= word.count && text[(index - word.count)..<index].elementsEqual(word)
  }
}

/// Runs of small whole numbers, as JSON.stringify writes them.
private struct Numbers {
  private let text: UnsafeRawBufferPointer
  private var index: Int
  private var count = 0

  private init(_ text: UnsafeRawBufferPointer, after index: Int) { (self.text, self.index) = (text, index + 1) }

  /// The end of an array of more numbers than a digest has bytes.
  static func end(ofArrayIn text: UnsafeRawBufferPointer, at index: Int) -> Int? {
    var numbers = Numbers(text, after: index)
    while numbers.takeNumber() {
      if numbers.take("]") { return numbers.count > WireBytes.limit ? numbers.index : nil }
      guard numbers.take(",") else { return nil }
    }
    return nil
  }

  /// The end of such an object, whose keys are its places.
  static func end(ofObjectIn text: UnsafeRawBufferPointer, at index: Int) -> Int? {
    var numbers = Numbers(text, after: index)
    while numbers.takeKey(), numbers.takeNumber() {
      if numbers.take("}") { return numbers.count > WireBytes.limit ? numbers.index : nil }
      guard numbers.take(",") else { return nil }
    }
    return nil
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard index < text.count, text[index] == UInt8(ascii: character) else { return false }
    index += 1
    return true
  }

  /// A number of a byte.
  private mutating func takeNumber() -> Bool {
    let begin = index
    while index < text.count, (0x30...0x39).contains(text[index]), index - begin < 3 { index += 1 }
    count += 1
    return index > begin
  }

  /// `"<place>":`
  private mutating func takeKey() -> Bool {
    guard take("\"") else { return false }
    var key = 0
    let begin = index
    while index < text.count, (0x30...0x39).contains(text[index]), index - begin < 10 {
      key = key * 10 + Int(text[index] - 0x30)
      index += 1
    }
    return index > begin && key == count && take("\"") && take(":")
  }
}
