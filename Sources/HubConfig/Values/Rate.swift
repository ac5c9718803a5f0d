/// How many operations in how long, written `80/s`, `1000/m` or `5000/h`.
public struct Rate: Sendable, Hashable, CustomStringConvertible {
  /// How many.
  public var count: Int
  /// In how long.
  public var period: Duration

  static let pattern = "^\\d+/(s|m|h)$"

  /// So many operations in so long.
  public init(count: Int, period: Duration) {
    self.count = count
    self.period = period
  }

  /// The rate that a text states; nil when it states none.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let count = Int(parts[0]), count > 0, ["s", "m", "h"].contains(parts[1]),
      let period = DurationText.parse("1\(parts[1])")
    else { return nil }
    self.init(count: count, period: period)
  }

  /// The text it is written as.
  public var description: String { "\(count)/\(DurationText.render(period).dropFirst())" }
}
