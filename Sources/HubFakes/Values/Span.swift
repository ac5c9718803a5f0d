import OrderedJSON

/// Lengths of time as the control API and the command line take them: milliseconds, or a number with `ms`, `s`, `m`, `h` or `d`.
package enum Span {
  private static let units: [(String, Double)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)]

  /// Milliseconds; nil when the text is no length of time.
  package static func milliseconds(_ text: String) -> Int64? {
    if let plain = Int64(text) { return plain }
    for (unit, factor) in units where text.hasSuffix(unit) {
      guard let number = Double(text.dropLast(unit.count)) else { continue }
      return Int64(exactly: (number * factor).rounded())
    }
    return nil
  }

  static func milliseconds(_ value: JSONValue?) -> Int64? { value?.int64 ?? value?.string.flatMap { milliseconds($0) } }
}
