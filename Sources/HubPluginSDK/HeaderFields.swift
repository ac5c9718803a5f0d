import CHubPlugin

/// The headers of a request as the bytes they came in: a plugin asks for one or two of them.
struct HeaderFields: Sendable {
  private var bytes: [UInt8] = []
  /// Where each name and each value ends, in turn.
  private var ends: [Int] = []

  init(_ pairs: UnsafeBufferPointer<hub_pair>) {
    bytes.reserveCapacity(pairs.reduce(0) { $0 + $1.name.bytes.count + $1.value.bytes.count })
    ends.reserveCapacity(2 * pairs.count)
    for pair in pairs {
      for part in [pair.name, pair.value] {
        bytes.append(contentsOf: part.bytes)
        ends.append(bytes.count)
      }
    }
  }

  /// Names and values as text.
  var all: [(name: String, value: String)] {
    stride(from: 0, to: ends.count, by: 2).map { (text($0), text($0 + 1)) }
  }

  func values(of name: String) -> [String] {
    var name = name
    return name.withUTF8 { name in
      var values: [String] = []
      for part in stride(from: 0, to: ends.count, by: 2) where isName(part, name) { values.append(text(part + 1)) }
      return values
    }
  }

  private func range(_ part: Int) -> Range<Int> { (part == 0 ? 0 : ends[part - 1])..<ends[part] }

  private func text(_ part: Int) -> String { String(decoding: bytes[range(part)], as: UTF8.self) }

  private func isName(_ part: Int, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
    let range = range(part)
    guard range.count == name.count else { return false }
    for index in 0..<name.count where Self.lower(bytes[range.lowerBound + index]) != Self.lower(name[index]) { return false }
    return true
  }

  private static func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
}
