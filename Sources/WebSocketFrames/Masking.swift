/// The masking of client frames (RFC 6455 §5.3). A key holds its four bytes in wire order, the first in the lowest bits.
public enum Masking {
  /// Masks or unmasks in place. `phase` is the number of payload bytes of the frame before these.
  public static func apply(_ key: UInt32, phase: Int = 0, to bytes: UnsafeMutableRawBufferPointer) {
    let rotation = UInt32(phase & 3) * 8
    let turned = rotation == 0 ? key : (key >> rotation) | (key << (32 - rotation))
    // As it lies in memory, whichever end the machine begins with: the bytes need not be turned.
    let word = (UInt64(turned) << 32 | UInt64(turned)).littleEndian
    let four = SIMD4(repeating: word)
    var index = 0
    while index + 32 <= bytes.count {
      let words = bytes.loadUnaligned(fromByteOffset: index, as: SIMD4<UInt64>.self)
      bytes.storeBytes(of: words ^ four, toByteOffset: index, as: SIMD4<UInt64>.self)
      index += 32
    }
    while index + 8 <= bytes.count {
      let masked = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      bytes.storeBytes(of: masked ^ word, toByteOffset: index, as: UInt64.self)
      index += 8
    }
    while index < bytes.count {
      bytes[index] ^= UInt8(truncatingIfNeeded: turned >> (UInt32(index & 3) * 8))
      index += 1
    }
  }
}
