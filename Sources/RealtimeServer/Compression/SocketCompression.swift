import NIOCore
import WebSocketFrames

/// How one WebSocket compresses what it sends.
enum SocketCompression {
  /// Every message by itself, so that one compressed for another socket with the same window will do.
  case shared(windowBits: Int)
  /// With a context that belongs to this socket. Used on its event loop only.
  case own(Deflater)

  init(_ agreement: DeflateAgreement) {
    if agreement.serverKeepsContext {
      self = .own(Deflater(.message(windowBits: agreement.serverWindowBits), keepsContext: true))
    } else {
      self = .shared(windowBits: agreement.serverWindowBits)
    }
  }

  /// A message for this socket alone.
  func frame(_ opcode: Opcode, _ payload: [UInt8], threshold: Int, _ pool: CompressorPool) -> ByteBuffer {
    let (deflater, isShared) =
      switch self {
      case .shared(let windowBits): (pool[.message(windowBits: windowBits)], true)
      case .own(let deflater): (deflater, false)
      }
    var frame = ByteBuffer()
    payload.withUnsafeBytes {
      WebSocketFrame.append(opcode, $0, packedBy: deflater, isShared: isShared, from: threshold, to: &frame)
    }
    return frame
  }
}

extension DeflateAgreement {
  /// What restores the messages of a client that agreed to this.
  func inflater(_ pool: CompressorPool) -> Inflater {
    clientKeepsContext ? Inflater(windowBits: clientWindowBits, keepsContext: true) : pool.inflater
  }
}
