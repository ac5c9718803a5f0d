/// The header Retry-After (RFC 9110, 10.2.3): seconds, or a date.
public enum HubRetryAfter {
  private static let limitMs: Int64 = 86_400_000
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// How long to wait, at most a day; nil for what is neither.
  public static func milliseconds(_ text: String, nowMs: Int64) -> Int64? {
    let text = text.drop { $0 == " " }
    if text.isEmpty == false, text.allSatisfy({ ("0"..."9").contains($0) }) {
      return min(Int64(text.prefix(9)).map { $0 * 1000 } ?? limitMs, limitMs)
    }
    return date(text).map { min(max($0 - nowMs, 0), limitMs) }
  }

  /// `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that senders may write (RFC 9110, 5.6.7).
  private static func date(_ text: Substring) -> Int64? {
    let words = text.split(separator: " ")
    guard words.count == 6, words[5] == "GMT", let day = Int64(words[1]), let year = Int64(words[3]), (1970...9999).contains(year) else {
      return nil
    }
    guard let month = months.firstIndex(of: String(words[2])), (1...31).contains(day) else { return nil }
    let clock = words[4].split(separator: ":").compactMap { Int64($0) }
    guard clock.count == 3, zip(clock, [24, 60, 61]).allSatisfy({ (0..<$1).contains($0) }) else { return nil }
    return ((days(year, Int64(month) + 1, day) * 24 + clock[0]) * 60 + clock[1]) * 60_000 + clock[2] * 1000
  }

  /// Days since 1970 (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let (era, yearOfEra) = (shifted / 400, shifted % 400)
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}

extension HubHTTPResponse {
  /// How long the answer's Retry-After asks to wait, in milliseconds and at most a day; nil where it doesn't.
  public var retryAfter: Int64? { header("Retry-After").flatMap { HubRetryAfter.milliseconds($0, nowMs: HubClock.wall()) } }
}
