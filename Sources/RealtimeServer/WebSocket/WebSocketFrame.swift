import NIOCore
import WebSocketFrames

/// Complete frames as a server sends them, made once and shared by every socket that gets them.
enum WebSocketFrame {
  static func text(_ payload: [UInt8]) -> ByteBuffer { make(.text, payload) }
  static func text(_ payload: String) -> ByteBuffer { make(.text, Array(payload.utf8)) }
  static func binary(_ payload: [UInt8]) -> ByteBuffer { make(.binary, payload) }

  static func make(_ opcode: Opcode, _ payload: [UInt8]) -> ByteBuffer {
    let header = FrameHeader(opcode, length: payload.count)
    var buffer = ByteBufferAllocator().buffer(capacity: header.size + payload.count)
    append(opcode, payload, to: &buffer)
    return buffer
  }

  /// Adds one more frame, so that a header and its attachments can leave as one unit.
  static func append(_ opcode: Opcode, _ payload: [UInt8], to buffer: inout ByteBuffer) {
    // One write for all of it: each has to see to the buffer's room and ownership anew.
    buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: size(payload.count)) { write(opcode, payload, to: $0) }
  }

  /// How long the frame of such a payload is.
  static func size(_ payload: Int) -> Int { FrameHeader(.text, length: payload).size + payload }

  /// Writes a frame where there is room for it. Gives its size.
  @discardableResult
  static func write(_ opcode: Opcode, _ payload: [UInt8], to bytes: UnsafeMutableRawBufferPointer) -> Int {
    var end = 0
    FrameHeader(opcode, length: payload.count).forEachByte {
      bytes[end] = $0
      end += 1
    }
    payload.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: bytes[end...]).copyMemory(from: $0) }
    return end + payload.count
  }
}
