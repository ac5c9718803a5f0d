/// A JSON number, kept as the text it was written with: no digit of a large integer or a decimal is lost on the way through.
public struct JSONNumber: Sendable, Hashable {
  /// The number as written, in the grammar of RFC 8259 section 6.
  public let text: String

  init(validated text: String) { self.text = text }

  /// A whole number.
  public init(_ value: Int64) { text = String(value) }

  /// A floating-point number; whole ones are written without a fraction, as JavaScript does. Not-a-number and the infinities,
  /// which JSON lacks, become 0.
  public init(_ value: Double) {
    guard value.isFinite else {
      text = "0"
      return
    }
    if let whole = Int64(exactly: value), value.magnitude < 0x1p53 {
      text = String(whole)
    } else {
      text = value.description
    }
  }

  /// A number from its text; nil when the text is not a JSON number.
  public init?(text: String) {
    var text = text
    let valid = text.withUTF8 { bytes in
      let end = try? JSONScanner.skipValue(in: UnsafeRawBufferPointer(bytes), from: 0, maxDepth: 1)
      guard let first = bytes.first, first == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
        return false
      }
      return end == bytes.count
    }
    guard valid else { return nil }
    self.text = text
  }

  /// The value when it is whole and fits; `1.0` and `1e3` count as whole.
  public var int64: Int64? {
    if let value = Int64(text) { return value }
    guard let value = Double(text) else { return nil }
    return Int64(exactly: value)
  }

  /// The nearest floating-point value.
  public var double: Double? { Double(text) }
}
