import OrderedJSON

/// Whole numbers: 64-bit ones come as a number, as a decimal string, or in two halves.
enum WireNumber {
  static func integer(_ value: JSONValue) -> Int64? {
    switch value {
    case .number(let number): number.int64
    case .string(let text): Int64(text)
    case .object(let halves): joined(halves)
    default: nil
    }
  }

  /// `{"low": …, "high": …}`: the low half is signed on the wire, and meant unsigned.
  private static func joined(_ halves: JSONObject) -> Int64? {
    guard let low = halves["low"]?.int64, let high = halves["high"]?.int64,
      let low = Int32(exactly: low).map(UInt32.init(bitPattern:)) ?? UInt32(exactly: low),
      let high = Int32(exactly: high) ?? UInt32(exactly: high).map(Int32.init(bitPattern:))
    else { return nil }
    return Int64(high) << 32 | Int64(low)
  }
}

/// Moments: Unix seconds for messages, milliseconds for edits.
enum Moment {
  /// The last millisecond of the year 9999; what lies beyond is no time.
  private static let last: Int64 = 253_402_300_799_999
  /// What is larger than this can only be milliseconds (in seconds it would be the year 5138).
  private static let milliseconds: Int64 = 100_000_000_000

  /// Milliseconds since 1970 of a member in either unit; nil when it is absent or no time.
  static func read(_ object: JSONObject, _ key: String) -> Int64? {
    guard let value = object.wireInteger(key), value > 0 else { return nil }
    let moment = value > milliseconds ? value : value * 1000
    return moment <= last ? moment : nil
  }
}
