import OrderedJSON

/// A JSON text. The scanner and the parser agree on it, and what is written reads the same.
enum JSONTarget: FuzzTarget {
  static func run(_ input: UnsafeRawBufferPointer) {
    let parsed = try? JSONValue(parsing: input, maxDepth: 32)
    require(parsed.map { _ in true } ?? false == isJSON(input), "the scanner and the parser disagree")
    if let elements = try? JSONScanner.elements(of: input, maxDepth: 32) {
      require(parsed?.array?.count == elements.count, "the scanner and the parser count differently")
      for (index, range) in elements.enumerated() {
        require((try? JSONValue(parsing: UnsafeRawBufferPointer(rebasing: input[range]))) == parsed?[index], "an element lies elsewhere")
      }
    }
    guard let parsed else { return }
    let written = parsed.serialized()
    require((try? JSONValue(parsing: written, maxDepth: 32)) == parsed, "written and read again it differs")
    // A lone surrogate becomes the replacement character, which takes three bytes for the six of its escape.
    require(written.count <= input.count * 6, "the text grew")
    walk(parsed)
  }

  private static func isJSON(_ input: UnsafeRawBufferPointer) -> Bool {
    guard let end = try? JSONScanner.skipValue(in: input, from: 0, maxDepth: 32) else { return false }
    return input[end...].allSatisfy { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
  }

  private static func walk(_ value: JSONValue) {
    switch value {
    case .number(let number):
      require(JSONNumber(text: number.text) == number, "a number that is none")
      if let whole = number.int64 { require(Double(number.text) == Double(whole), "a whole number differs from itself") }
    case .array(let elements): elements.forEach(walk)
    case .object(let object): for member in object { walk(member.value) }
    default: break
    }
  }
}
