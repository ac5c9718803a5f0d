/// A parsed object as the text it came in, for who passes parts of it on as they are. There is one only where that text is just what
/// writing the object would give.
package struct JSONLayout {
  /// Where the content of a key lies, without its quotes, and where its value does, with them.
  package struct Place {
    package let key: Range<Int>
    package let value: Range<Int>
    /// Whether the value is a string without escapes.
    package let isPlainString: Bool
    package let isNull: Bool
  }

  /// The document that the object is part of.
  package let text: [UInt8]
  package let places: [Place]

  /// The text of a value that is a plain string, without its quotes.
  package func content(of place: Place) -> Range<Int> { (place.value.lowerBound + 1)..<(place.value.upperBound - 1) }

  /// Whether these bytes of the text are just this.
  package func equals(_ range: Range<Int>, _ word: StaticString) -> Bool {
    guard range.count == word.utf8CodeUnitCount else { return false }
    return text.withUnsafeBufferPointer { text in
      for offset in 0..<range.count where text[range.lowerBound + offset] != word.utf8Start[offset] { return false }
      return true
    }
  }
}

extension JSONObject {
  /// Nil unless the object was parsed from text in the one spelling that it is written in, keys without escapes.
  package var layout: JSONLayout? {
    guard case .taped(let tape, let place) = storage, tape.isCanonical else { return nil }
    var places: [JSONLayout.Place] = []
    places.reserveCapacity(24)
    var isPlain = true
    tape.forEachMember(of: Int(place)) { key, value in
      let (name, node) = (tape.nodes[key], tape.nodes[value])
      isPlain = isPlain && name.kind == .string
      let isString = node.kind == .string || node.kind == .escaped
      let range = isString ? (node.range.lowerBound - 1)..<(node.range.upperBound + 1) : node.range
      places.append(
        JSONLayout.Place(key: name.range, value: range, isPlainString: node.kind == .string, isNull: node.kind == .null))
    }
    return isPlain ? JSONLayout(text: tape.text, places: places) : nil
  }
}
