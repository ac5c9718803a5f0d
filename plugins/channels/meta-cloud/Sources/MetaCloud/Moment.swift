import HubModel
import OrderedJSON

/// The provider's times: Unix seconds, as a string in messages and statuses, as a number elsewhere.
enum Moment {
  /// The last second of the year 9999; what lies beyond is no time.
  private static let lastSecond: Int64 = 253_402_300_799
  /// What is larger than this can only be milliseconds (in seconds it would be the year 5138).
  private static let milliseconds: Int64 = 100_000_000_000

  /// Milliseconds since 1970 of a member; nil when it is absent or no time.
  static func read(_ object: JSONObject, _ key: String) -> Int64? {
    guard let value = object.integer(key) ?? object.number(key)?.double.flatMap({ Int64(exactly: $0.rounded(.down)) }) else { return nil }
    guard value >= 0 else { return nil }
    if value > milliseconds { return value / 1000 <= lastSecond ? value : nil }
    return value * 1000
  }

  /// The ISO 8601 text of a member; nil when it is absent or no time.
  static func text(_ object: JSONObject, _ key: String) -> JSONValue? {
    read(object, key).map { .string(Timestamp(milliseconds: $0).iso8601) }
  }
}
