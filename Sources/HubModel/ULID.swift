/// A sortable identifier: 48 bits of milliseconds and 80 random bits in Crockford's base 32, 26 characters (github.com/ulid/spec).
public struct ULID: Sendable, Hashable, CustomStringConvertible {
  private let high: UInt64
  private let low: UInt64

  /// A new identifier for this moment.
  ///
  /// - Parameter milliseconds: Unix time.
  public init(milliseconds: Int64, using generator: inout some RandomNumberGenerator) {
    let random = UInt64.random(in: .min ... .max, using: &generator)
    high = UInt64(truncatingIfNeeded: milliseconds) << 16 | UInt64(UInt16.random(in: .min ... .max, using: &generator))
    low = random
  }

  /// A new identifier from the system's random source.
  public init(milliseconds: Int64) {
    var generator = SystemRandomNumberGenerator()
    self.init(milliseconds: milliseconds, using: &generator)
  }

  /// The 26 characters.
  public var description: String {
    String(unsafeUninitializedCapacity: 26) { buffer in
      var (high, low) = (high, low)
      for index in stride(from: 25, through: 0, by: -1) {
        buffer[index] = Self.alphabet[Int(low & 31)]
        low = low >> 5 | high << 59
        high >>= 5
      }
      return 26
    }
  }

  private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
}

/// The prefixes that tell what an identifier names.
public enum IdentifierPrefix: String, Sendable {
  case conversation = "cnv_"
  case contact = "cts_"
  case message = "msg_"

  /// A new identifier of this sort.
  public func make(milliseconds: Int64) -> String { rawValue + ULID(milliseconds: milliseconds).description }
}
