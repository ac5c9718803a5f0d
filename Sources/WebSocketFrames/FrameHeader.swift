/// The header of a frame to be sent (RFC 6455 §5.2).
public struct FrameHeader: Sendable {
  /// The kind.
  public var opcode: Opcode
  /// Whether it is the message's last fragment.
  public var isFinal: Bool
  /// Whether the message, of which this is the first frame, is compressed: RSV1 (RFC 7692 §6).
  public var isCompressed: Bool
  /// Bytes of payload.
  public var length: Int
  /// The key the payload is masked with; clients must have one, servers must not.
  public var mask: UInt32?

  /// A header with these members.
  public init(_ opcode: Opcode, isFinal: Bool = true, isCompressed: Bool = false, length: Int, mask: UInt32? = nil) {
    self.opcode = opcode
    self.isFinal = isFinal
    self.isCompressed = isCompressed
    self.length = length
    self.mask = mask
  }

  /// Bytes of the header itself, 2…14.
  public var size: Int {
    2 + (length < 126 ? 0 : length <= 0xFFFF ? 2 : 8) + (mask == nil ? 0 : 4)
  }

  /// Gives the header's bytes in order.
  @inlinable
  public func forEachByte(_ body: (UInt8) -> Void) {
    body((isFinal ? 0x80 : 0) | (isCompressed ? 0x40 : 0) | opcode.rawValue)
    let masked: UInt8 = mask == nil ? 0 : 0x80
    if length < 126 {
      body(masked | UInt8(length))
    } else if length <= 0xFFFF {
      body(masked | 126)
      body(UInt8(truncatingIfNeeded: length >> 8))
      body(UInt8(truncatingIfNeeded: length))
    } else {
      body(masked | 127)
      for shift in stride(from: 56, through: 0, by: -8) { body(UInt8(truncatingIfNeeded: length >> shift)) }
    }
    if let mask {
      for shift in stride(from: 0, through: 24, by: 8) { body(UInt8(truncatingIfNeeded: mask >> UInt32(shift))) }
    }
  }

  /// A whole frame: this header for `payload`, masked with a fresh key when the role is client.
  public static func frame(_ opcode: Opcode, _ payload: [UInt8], role: Role) -> [UInt8] {
    let mask: UInt32? = role == .client ? .random(in: .min ... .max) : nil
    let header = FrameHeader(opcode, length: payload.count, mask: mask)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(header.size + payload.count)
    header.forEachByte { bytes.append($0) }
    bytes.append(contentsOf: payload)
    if let mask {
      bytes.withUnsafeMutableBytes { Masking.apply(mask, to: UnsafeMutableRawBufferPointer(rebasing: $0[header.size...])) }
    }
    return bytes
  }

  /// The payload of a close frame.
  public static func closePayload(_ code: UInt16?) -> [UInt8] {
    code.map { [UInt8($0 >> 8), UInt8($0 & 0xFF)] } ?? []
  }
}
