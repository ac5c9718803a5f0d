/// A moment as milliseconds since 1970, UTC, and its spelling in JSON.
public struct Timestamp: Sendable, Hashable, Comparable {
  /// Milliseconds since 1970-01-01T00:00:00Z.
  public let milliseconds: Int64

  /// A moment.
  public init(milliseconds: Int64) { self.milliseconds = milliseconds }

  /// The earlier of two is the smaller.
  public static func < (lhs: Timestamp, rhs: Timestamp) -> Bool { lhs.milliseconds < rhs.milliseconds }

  /// ISO 8601 with milliseconds and `Z`: `2026-01-05T12:00:00.000Z`. Years outside 0000 to 9999 are clamped.
  public var iso8601: String {
    String(unsafeUninitializedCapacity: Self.length) { buffer in
      spell(into: buffer)
      return Self.length
    }
  }

  /// Appends the ISO 8601 spelling: without a text being made of it first.
  public func write(to output: inout [UInt8]) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.length) { buffer in
      spell(into: buffer)
      output.append(contentsOf: buffer)
    }
  }

  private static let length = 24

  private func spell(into buffer: UnsafeMutableBufferPointer<UInt8>) {
    let clamped = min(max(milliseconds, -62_167_219_200_000), 253_402_300_799_999)
    let (days, time) = (Self.floorDivide(clamped, 86_400_000), Self.floorRemainder(clamped, 86_400_000))
    let (year, month, day) = Self.civil(days: days)
    var index = 0
    func put(_ value: Int64, _ width: Int, _ separator: UInt8) {
      var rest = value
      for place in stride(from: index + width - 1, through: index, by: -1) {
        buffer.initializeElement(at: place, to: UInt8(ascii: "0") + UInt8(rest % 10))
        rest /= 10
      }
      buffer.initializeElement(at: index + width, to: separator)
      index += width + 1
    }
    put(year, 4, UInt8(ascii: "-"))
    put(month, 2, UInt8(ascii: "-"))
    put(day, 2, UInt8(ascii: "T"))
    put(time / 3_600_000, 2, UInt8(ascii: ":"))
    put(time / 60_000 % 60, 2, UInt8(ascii: ":"))
    put(time / 1000 % 60, 2, UInt8(ascii: "."))
    put(time % 1000, 3, UInt8(ascii: "Z"))
  }

  /// Year, month and day of a day count, in the proleptic Gregorian calendar (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
  private static func civil(days: Int64) -> (Int64, Int64, Int64) {
    let shifted = days + 719_468
    let era = floorDivide(shifted, 146_097)
    let dayOfEra = floorRemainder(shifted, 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }

  private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    value >= 0 ? value / divisor : (value - divisor + 1) / divisor
  }

  private static func floorRemainder(_ value: Int64, _ divisor: Int64) -> Int64 {
    value - floorDivide(value, divisor) * divisor
  }
}
