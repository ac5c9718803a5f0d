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
    FrameHeader(opcode, length: payload.count).forEachByte { buffer.writeInteger($0) }
    buffer.writeBytes(payload)
  }
}
