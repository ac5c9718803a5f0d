/// The two properties of a vCard that a contact card shows (RFC 6350).
public struct VCard: Sendable, Hashable {
  /// `FN`: the name as it is shown; nil when there is none.
  public private(set) var name: String?
  /// Each `TEL`, as written.
  public private(set) var phones: [String] = []

  /// Reads a card; what is none has neither name nor phones.
  public init(_ text: String) {
    for line in text.split(whereSeparator: \.isNewline) {
      guard let colon = line.firstIndex(of: ":") else { continue }
      // Properties may be grouped (`item1.TEL`) and have parameters (`TEL;type=CELL`).
      let property = line[..<colon].prefix { $0 != ";" }.split(separator: ".").last?.uppercased()
      let value = String(line[line.index(after: colon)...])
      if property == "FN", name == nil, value.isEmpty == false { name = value }
      if property == "TEL" { phones.append(value) }
    }
  }
}
