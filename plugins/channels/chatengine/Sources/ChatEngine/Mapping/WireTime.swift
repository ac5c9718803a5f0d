import OrderedJSON

/// Moments as the server writes them.
enum WireTime {
  /// The last millisecond of the year 9999; what lies beyond is no time.
  private static let last: Int64 = 253_402_300_799_999

  /// Milliseconds since 1970 of an ISO 8601 text, or of a number of milliseconds; nil when it is neither.
  static func read(_ value: JSONValue?) -> Int64? {
    switch value {
    case .string(let text)?: parse(text)
    case .number(let number)?: number.int64.flatMap { (1...last).contains($0) ? $0 : nil }
    default: nil
    }
  }

  /// `2026-01-05T12:00:00.000Z`; the fraction may be missing or longer, an offset may stand for `Z`, and without either it is UTC.
  private static func parse(_ text: String) -> Int64? {
    var digits = Digits(Array(text.utf8))
    guard let year = digits.take(4), digits.skip("-"), let month = digits.take(2, 1...12), digits.skip("-"),
      let day = digits.take(2, 1...31), digits.skip("T") || digits.skip(" "), let hour = digits.take(2, 0...23), digits.skip(":"),
      let minute = digits.take(2, 0...59)
    else { return nil }
    let second = digits.skip(":") ? digits.take(2, 0...60) : 0
    guard let second, let fraction = digits.fraction(), let offset = digits.offset(), digits.isAtEnd else { return nil }
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset * 60
    return seconds * 1000 + fraction
  }

  /// Days since 1970 in the proleptic Gregorian calendar (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}

/// Reads a time from left to right.
private struct Digits {
  private let bytes: [UInt8]
  private var place = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { place == bytes.count }

  private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

  mutating func skip(_ character: Character) -> Bool {
    guard next == character.asciiValue else { return false }
    place += 1
    return true
  }

  mutating func take(_ count: Int, _ range: ClosedRange<Int64> = 0...9999) -> Int64? {
    var value: Int64 = 0
    for _ in 0..<count {
      guard let digit = next, (0x30...0x39).contains(digit) else { return nil }
      value = value * 10 + Int64(digit - 0x30)
      place += 1
    }
    return range.contains(value) ? value : nil
  }

  /// Milliseconds; 0 when there is no fraction.
  mutating func fraction() -> Int64? {
    guard skip(".") || skip(",") else { return 0 }
    var (value, scale): (Int64, Int64) = (0, 100)
    guard let first = next, (0x30...0x39).contains(first) else { return nil }
    while let digit = next, (0x30...0x39).contains(digit) {
      value += Int64(digit - 0x30) * scale
      scale /= 10
      place += 1
    }
    return value
  }

  /// Minutes east of Greenwich.
  mutating func offset() -> Int64? {
    if isAtEnd || skip("Z") || skip("z") { return 0 }
    let isWest = next == UInt8(ascii: "-")
    guard skip("+") || skip("-"), let hours = take(2, 0...23) else { return nil }
    _ = skip(":")
    guard let minutes = isAtEnd ? 0 : take(2, 0...59) else { return nil }
    return (hours * 60 + minutes) * (isWest ? -1 : 1)
  }
}
