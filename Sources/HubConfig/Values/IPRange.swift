import Glibc

/// An IP address or a CIDR range, such as `10.0.0.0/8`, `127.0.0.1` or `fd00::/8`.
public struct IPRange: Sendable, Hashable, CustomStringConvertible {
  private let bytes: [UInt8]
  private let prefix: Int

  /// The text it is written as.
  public let description: String

  /// The range that a text states; nil when it states none.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let bytes = Self.bytes(of: String(first)) else { return nil }
    var prefix = bytes.count * 8
    if parts.count == 2 {
      guard let stated = UInt8(parts[1]), stated <= prefix else { return nil }
      prefix = Int(stated)
    }
    self.bytes = bytes
    self.prefix = prefix
    description = text
  }

  var isVersion6: Bool { bytes.count == 16 }

  /// Whether it lies within 127.0.0.0/8 or is ::1.
  var isLoopback: Bool {
    isVersion6 ? bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1 && prefix == 128 : bytes[0] == 127 && prefix >= 8
  }

  /// Whether a numeric address lies in the range. An IPv4 address mapped into IPv6 counts as the IPv4 address.
  public func contains(_ address: String) -> Bool {
    guard var other = Self.bytes(of: address) else { return false }
    if other.count == 16, bytes.count == 4, other.starts(with: [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]) { other.removeFirst(12) }
    guard other.count == bytes.count else { return false }
    for bit in 0..<prefix {
      let mask: UInt8 = 0x80 >> UInt8(bit % 8)
      if bytes[bit / 8] & mask != other[bit / 8] & mask { return false }
    }
    return true
  }

  private static func bytes(of text: String) -> [UInt8]? {
    var four = in_addr()
    if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: &four) { Array($0) } }
    var six = in6_addr()
    if inet_pton(AF_INET6, text, &six) == 1 { return withUnsafeBytes(of: &six) { Array($0) } }
    return nil
  }
}
