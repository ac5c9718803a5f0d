internal import CChecksum

/// CRC-32C (Castagnoli): finds every flipped bit of a row, which SQLite's pages do not. By the processor's instruction where it has one,
/// else by tables, eight bytes at a time.
struct Checksum {
  private static let isInstruction = checksum_is_there() != 0
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for index in 0..<256 {
      var value = UInt32(index)
      for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
      tables[index] = value
    }
    for index in 256..<tables.count {
      let previous = tables[index - 256]
      tables[index] = previous >> 8 ^ tables[Int(previous & 0xFF)]
    }
    return tables
  }()

  private var state: UInt32 = 0xFFFF_FFFF
  private let usesTables: Bool

  init(usesTables: Bool = false) { self.usesTables = usesTables || !Self.isInstruction }

  /// The checksum of all that was added.
  var value: UInt32 { ~state }

  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    if usesTables { addByTables(bytes) } else { state = checksum_add(state, bytes.baseAddress, bytes.count) }
  }

  private mutating func addByTables(_ bytes: UnsafeRawBufferPointer) {
    Self.tables.withUnsafeBufferPointer { table in
      var state = state
      var index = 0
      while index + 8 <= bytes.count {
        let low = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self)) ^ state
        let high = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: index + 4, as: UInt32.self))
        let first = table[1792 + Int(low & 0xFF)] ^ table[1536 + Int(low >> 8 & 0xFF)]
        let second = table[1280 + Int(low >> 16 & 0xFF)] ^ table[1024 + Int(low >> 24)]
        let third = table[768 + Int(high & 0xFF)] ^ table[512 + Int(high >> 8 & 0xFF)]
        let fourth = table[256 + Int(high >> 16 & 0xFF)] ^ table[Int(high >> 24)]
        state = first ^ second ^ third ^ fourth
        index += 8
      }
      while index < bytes.count {
        state = state >> 8 ^ table[Int((state ^ UInt32(bytes[index])) & 0xFF)]
        index += 1
      }
      self.state = state
    }
  }

  mutating func add(_ bytes: [UInt8]) { bytes.withUnsafeBytes { add($0) } }

  /// A text and its length, so that a byte cannot move unseen from one member into the next.
  mutating func add(_ text: String) {
    var text = text
    add(Int64(text.utf8.count))
    text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
  }

  mutating func add(_ number: Int64) {
    withUnsafeBytes(of: number.littleEndian) { add($0) }
  }
}
