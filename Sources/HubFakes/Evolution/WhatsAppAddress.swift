/// Addresses of WhatsApp Web.
enum WhatsAppAddress {
  /// What the server makes of the `number` of a send: punctuation goes, and with it a digit that the network doesn't know.
  static func chat(_ number: String) -> String {
    if number.contains("@") { return number }
    let digits = number.filter { !"+() -".contains($0) }
    if digits.contains("-") || digits.count >= 18 { return "\(digits)@g.us" }
    if digits.count == 13, digits.hasPrefix("52") || digits.hasPrefix("54") {
      return "\(digits.prefix(2))\(digits.dropFirst(3))@s.whatsapp.net"
    }
    let places = digits.compactMap(\.wholeNumberValue)
    if places.count == 13, digits.hasPrefix("55"), places[2] * 10 + places[3] >= 31, places[5] >= 7 {
      return "\(digits.prefix(4))\(digits.dropFirst(5))@s.whatsapp.net"
    }
    return "\(digits)@s.whatsapp.net"
  }

  /// The part before the `@`.
  static func user(_ address: String) -> String { String(address.prefix { $0 != "@" }) }
}
