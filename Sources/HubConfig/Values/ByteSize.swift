/// A number of bytes, written `512`, `1KB` (1000), `1KiB` (1024), and so on up to TB and TiB.
public struct ByteSize: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The number of bytes.
  public var bytes: Int

  static let pattern = "^\\d+(B|KB|KiB|MB|MiB|GB|GiB|TB|TiB)?$"

  private static let units: [(suffix: String, bytes: Int)] = [
    ("TiB", 1 << 40), ("TB", 1_000_000_000_000), ("GiB", 1 << 30), ("GB", 1_000_000_000), ("MiB", 1 << 20), ("MB", 1_000_000),
    ("KiB", 1 << 10), ("KB", 1000), ("B", 1), ("", 1),
  ]

  /// So many bytes.
  public init(bytes: Int) { self.bytes = bytes }

  /// The size that a text states; nil when it states none or one that is out of range.
  public init?(_ text: String) {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let suffix = text[digits.endIndex...].lowercased()
    guard let number = Int(digits), let unit = Self.units.first(where: { $0.suffix.lowercased() == suffix }) else { return nil }
    let (product, overflow) = number.multipliedReportingOverflow(by: unit.bytes)
    guard !overflow else { return nil }
    bytes = product
  }

  /// The shortest text with one unit.
  public var description: String {
    guard bytes != 0, let unit = Self.units.first(where: { !$0.suffix.isEmpty && bytes % $0.bytes == 0 }) else { return "0" }
    return unit.suffix == "B" ? String(bytes) : "\(bytes / unit.bytes)\(unit.suffix)"
  }

  /// Fewer bytes come first.
  public static func < (left: ByteSize, right: ByteSize) -> Bool { left.bytes < right.bytes }
}
