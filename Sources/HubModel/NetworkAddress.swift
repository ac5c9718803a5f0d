internal import Glibc

/// An IP address, and whether anybody may be sent there at a stranger's word.
public struct NetworkAddress: Sendable, Hashable, CustomStringConvertible {
  /// Four bytes or sixteen, in network order.
  public let bytes: [UInt8]

  /// The address of these bytes.
  public init(bytes: [UInt8]) { self.bytes = bytes }

  /// The address in its standard spelling; nil for a name and for every other spelling, such as `0x7f.1`.
  public init?(_ text: String) {
    var four = in_addr()
    var six = in6_addr()
    if inet_pton(AF_INET, text, &four) == 1 {
      bytes = withUnsafeBytes(of: &four) { Array($0) }
    } else if inet_pton(AF_INET6, text, &six) == 1 {
      bytes = withUnsafeBytes(of: &six) { Array($0) }
    } else {
      return nil
    }
  }

  /// Whether it is of IPv6.
  public var isVersion6: Bool { bytes.count == 16 }

  /// The standard spelling.
  public var description: String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    guard inet_ntop(isVersion6 ? AF_INET6 : AF_INET, bytes, &text, socklen_t(text.count)) != nil else { return "" }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Whether it is an address of the public internet: none of the special ones of RFC 6890 and its successors, and no form of IPv6 that
  /// leads to one of IPv4 (mapped, compatible, translated, 6to4, Teredo).
  public var isPublic: Bool {
    guard isVersion6 else { return !Self.special4.contains { $0.contains(bytes) } }
    guard Self.global6.contains(bytes) else { return false }
    return !Self.special6.contains { $0.contains(bytes) }
  }

  private struct Block: Sendable {
    let start: [UInt8]
    let bits: Int

    func contains(_ address: [UInt8]) -> Bool {
      let whole = bits / 8
      guard address.prefix(whole).elementsEqual(start.prefix(whole)) else { return false }
      guard bits % 8 > 0 else { return true }
      let mask = UInt8(truncatingIfNeeded: 0xFF00 >> (bits % 8))
      return address[whole] & mask == start[whole] & mask
    }
  }

  private static let special4: [Block] = [
    Block(start: [0, 0, 0, 0], bits: 8),  // this network
    Block(start: [10, 0, 0, 0], bits: 8),  // private
    Block(start: [100, 64, 0, 0], bits: 10),  // shared, behind a carrier's NAT
    Block(start: [127, 0, 0, 0], bits: 8),  // loopback
    Block(start: [169, 254, 0, 0], bits: 16),  // link-local, metadata services
    Block(start: [172, 16, 0, 0], bits: 12),  // private
    Block(start: [192, 0, 0, 0], bits: 24),  // protocol assignments, Oracle's metadata service
    Block(start: [192, 0, 2, 0], bits: 24),  // documentation
    Block(start: [192, 88, 99, 0], bits: 24),  // 6to4 relays
    Block(start: [192, 168, 0, 0], bits: 16),  // private
    Block(start: [198, 18, 0, 0], bits: 15),  // benchmarks
    Block(start: [198, 51, 100, 0], bits: 24),  // documentation
    Block(start: [203, 0, 113, 0], bits: 24),  // documentation
    Block(start: [168, 63, 129, 16], bits: 32),  // Azure's host agent
    Block(start: [224, 0, 0, 0], bits: 3),  // multicast, reserved, broadcast
  ]

  /// What is outside of it is loopback, link-local, unique local, multicast, mapped, translated (64:ff9b::/96) or unassigned.
  private static let global6 = Block(start: [0x20] + [UInt8](repeating: 0, count: 15), bits: 3)

  private static let special6: [Block] = [
    Block(start: [0x20, 0x01, 0x00, 0x00] + [UInt8](repeating: 0, count: 12), bits: 23),  // protocol assignments, Teredo, ORCHID
    Block(start: [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 12), bits: 32),  // documentation
    Block(start: [0x20, 0x02] + [UInt8](repeating: 0, count: 14), bits: 16),  // 6to4
    Block(start: [0x3F, 0xFF, 0x00, 0x00] + [UInt8](repeating: 0, count: 12), bits: 20),  // documentation
  ]
}
