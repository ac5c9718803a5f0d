/// Numbers with a unit, as hub.yaml writes them.
enum Quantity {
  private static let sizes: [(String, UInt64)] = [
    ("tib", 1 << 40), ("tb", 1_000_000_000_000), ("gib", 1 << 30), ("gb", 1_000_000_000), ("mib", 1 << 20), ("mb", 1_000_000),
    ("kib", 1 << 10), ("kb", 1000), ("b", 1), ("", 1),
  ]
  private static let times: [(String, Int64)] = [
    ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000),
  ]

  /// The bytes of a size such as `64MiB`; nil when it is none.
  static func bytes(_ text: String) -> UInt64? {
    let digits = text.prefix(while: isDigit)
    let suffix = text[digits.endIndex...].lowercased()
    guard let number = UInt64(digits), let unit = sizes.first(where: { $0.0 == suffix }) else { return nil }
    let (bytes, isTooMuch) = number.multipliedReportingOverflow(by: unit.1)
    return isTooMuch ? nil : bytes
  }

  /// The milliseconds of a duration such as `90s` or `1h30m`; nil when it is none.
  static func milliseconds(_ text: String) -> Int64? {
    var rest = text[...]
    var total: Int64 = 0
    guard rest.isEmpty == false else { return nil }
    while rest.isEmpty == false {
      let digits = rest.prefix(while: isDigit)
      rest = rest[digits.endIndex...]
      let suffix = rest.prefix { isDigit($0) == false }
      rest = rest[suffix.endIndex...]
      guard let number = Int64(digits), let unit = times.first(where: { $0.0 == suffix }) else { return nil }
      let (part, isTooMuch) = number.multipliedReportingOverflow(by: unit.1)
      let (sum, carries) = total.addingReportingOverflow(part)
      guard isTooMuch == false, carries == false else { return nil }
      total = sum
    }
    return total
  }

  private static func isDigit(_ character: Character) -> Bool { character.isASCII && character.isNumber }
}
