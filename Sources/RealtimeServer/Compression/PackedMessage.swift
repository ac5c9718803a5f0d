import NIOCore
import Synchronization
import WebSocketFrames

/// The compressed forms of one message, one per window that clients have agreed to: made by the first event loop that needs it and
/// shared by all.
final class PackedMessage: Sendable {
  private let threshold: Int
  private let frames = Mutex<[Int: ByteBuffer]>([:])

  init(threshold: Int) { self.threshold = threshold }

  /// The complete frames for sockets that share this window.
  func frames(of message: OutboundMessage, windowBits: Int, _ pool: CompressorPool) -> ByteBuffer {
    // Another loop that needs the same form waits: it would take as long to make it once more.
    frames.withLock { frames in
      if let made = frames[windowBits] { return made }
      let made = pack(message, by: pool[.message(windowBits: windowBits)], isShared: true)
      frames[windowBits] = made
      return made
    }
  }

  /// The complete frames for the one socket that this context belongs to.
  func frames(of message: OutboundMessage, _ deflater: Deflater) -> ByteBuffer { pack(message, by: deflater, isShared: false) }

  private func pack(_ message: OutboundMessage, by deflater: Deflater, isShared: Bool) -> ByteBuffer {
    var output = ByteBufferAllocator().buffer(capacity: message.frames.readableBytes / 2)
    message.text.withUnsafeReadableBytes { bytes in
      WebSocketFrame.append(.text, bytes, packedBy: deflater, isShared: isShared, from: threshold, to: &output)
    }
    for attachment in message.attachments {
      attachment.withUnsafeBytes { bytes in
        WebSocketFrame.append(.binary, bytes, packedBy: deflater, isShared: isShared, from: threshold, to: &output)
      }
    }
    return output
  }
}

extension WebSocketFrame {
  /// Adds one more message, compressed if it has at least `threshold` bytes.
  static func append(
    _ opcode: Opcode, _ payload: UnsafeRawBufferPointer, packedBy deflater: Deflater, isShared: Bool, from threshold: Int,
    to output: inout ByteBuffer
  ) {
    if payload.count >= threshold {
      var packed: [UInt8] = []
      deflater.compress(payload, to: &packed)
      // With a context of its own the socket's client has to see even what has become no smaller: later messages refer to it.
      if packed.count < payload.count || isShared == false {
        FrameHeader(opcode, isCompressed: true, length: packed.count).forEachByte { output.writeInteger($0) }
        output.writeBytes(packed)
        return
      }
    }
    FrameHeader(opcode, length: payload.count).forEachByte { output.writeInteger($0) }
    output.writeBytes(payload)
  }
}
