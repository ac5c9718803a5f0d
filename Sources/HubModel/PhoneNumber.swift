/// A phone number as digits, and the other spellings under which the same WhatsApp account is known.
public struct PhoneNumber: Sendable, Hashable {
  /// Country code and number, digits only.
  public let digits: String

  /// Takes the digits out of any spelling; nil when there are none or more than the 15 of E.164.
  public init?(_ text: some StringProtocol) {
    var text = String(text)
    if text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), (1...15).contains(text.utf8.count) {
      self.digits = text
      return
    }
    let digits = text.withUTF8 { bytes in String(decoding: bytes.filter { (0x30...0x39).contains($0) }, as: UTF8.self) }
    guard (1...15).contains(digits.utf8.count) else { return nil }
    self.digits = digits
  }

  /// Spellings that may name the same account, this one first: Brazil's ninth digit of mobiles, Mexico's `1` after `52`, Argentina's `9`
  /// after `54`.
  ///
  /// - Parameter brazilNinthDigit: whether the two Brazilian forms count as one (`contacts.brazil_ninth_digit`).
  public func variants(brazilNinthDigit: Bool = true) -> [String] {
    guard
      let other = brazilianTwin.flatMap({ brazilNinthDigit ? $0 : nil }) ?? trunkTwin(country: "52", digit: "1", local: 10)
        ?? trunkTwin(country: "54", digit: "9", local: 10)
    else { return [digits] }
    return [digits, other]
  }

  private var brazilianTwin: String? {
    guard digits.hasPrefix("55") else { return nil }
    let area = digits.dropFirst(2).prefix(2)
    let subscriber = digits.dropFirst(4)
    switch subscriber.count {
    case 9 where subscriber.first == "9" && Self.isMobile(subscriber.dropFirst()): return "55\(area)\(subscriber.dropFirst())"
    case 8 where Self.isMobile(subscriber): return "55\(area)9\(subscriber)"
    default: return nil
    }
  }

  /// The eight digits of a Brazilian mobile begin with 6 to 9; those of a landline do not.
  private static func isMobile(_ subscriber: Substring) -> Bool {
    subscriber.first.map { ("6"..."9").contains($0) } ?? false
  }

  private func trunkTwin(country: String, digit: Character, local: Int) -> String? {
    guard digits.hasPrefix(country) else { return nil }
    let rest = digits.dropFirst(country.count)
    if rest.count == local + 1, rest.first == digit { return country + rest.dropFirst() }
    return rest.count == local ? country + String(digit) + rest : nil
  }
}
