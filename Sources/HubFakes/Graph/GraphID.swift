/// Ids as Meta makes them.
enum GraphID {
  /// `wamid.` and base64 of the customer's number, the direction, and a number of the message.
  static func message(of customer: String, isInbound: Bool, random: inout FakeRandom) -> String {
    let tail = Array(random.hex(isInbound ? 20 : 18).utf8)
    let phone = Array(customer.utf8.prefix(40))
    let direction: [UInt8] = isInbound ? [0x15, 0x02, 0x00, 0x12, 0x18] : [0x15, 0x02, 0x00, 0x11, 0x18]
    return "wamid." + Encodings.base64([0x1C, 0x18, UInt8(phone.count)] + phone + direction + [UInt8(tail.count)] + tail + [0])
  }
}
