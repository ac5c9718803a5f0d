/// Durations as configuration writes them: `250ms`, `25s`, `2m`, `12h`, `90d`, `2w`, or several together, as in `1h30m`.
enum DurationText {
  static let pattern = "^(\\d+(ms|s|m|h|d|w))+$"

  private static let units: [(suffix: String, milliseconds: Int64)] = [
    ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000),
  ]

  /// The duration; nil when the text is none or the number overflows.
  static func parse(_ text: String) -> Duration? {
    var total: Int64 = 0
    var rest = text[...]
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      rest = rest[digits.endIndex...]
      let suffix = rest.prefix { $0.isASCII && $0.isLetter }
      rest = rest[suffix.endIndex...]
      guard let number = Int64(digits), let unit = units.first(where: { $0.suffix == suffix }) else { return nil }
      let (part, overflow) = number.multipliedReportingOverflow(by: unit.milliseconds)
      let (sum, carry) = total.addingReportingOverflow(part)
      guard !overflow, !carry else { return nil }
      total = sum
    }
    return .milliseconds(total)
  }

  /// The shortest text with one unit.
  static func render(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
    guard milliseconds != 0 else { return "0s" }
    let unit = units.last { $0.suffix != "w" && milliseconds % $0.milliseconds == 0 }
    return unit.map { "\(milliseconds / $0.milliseconds)\($0.suffix)" } ?? "\(milliseconds)ms"
  }
}
