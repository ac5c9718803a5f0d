/// Numbers as WhatsApp knows them, which need not be as people write them.
enum PhoneDigits {
  /// The digits of any spelling.
  static func of(_ text: String) -> String { text.filter(\.isNumber) }

  /// The form under which WhatsApp knows a number: Brazilian mobiles with a dialling code of 31 or more are registered without the ninth
  /// digit.
  static func registered(_ digits: String) -> String {
    let places = digits.compactMap(\.wholeNumberValue)
    guard places.count == 13, digits.hasPrefix("55"), places[2] * 10 + places[3] >= 31, places[4] == 9, places[5] >= 6 else {
      return digits
    }
    return String(digits.prefix(4) + digits.dropFirst(5))
  }
}
