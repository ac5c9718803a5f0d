import DequeModule
import EngineIO
import NIOCore
import WebSocketFrames

/// What waits for the polls of one session, and the poll that waits for it.
struct PollingBuffer {
  enum Packet {
    case text(ByteBuffer, isCompressible: Bool)
    case binary([UInt8], isCompressible: Bool)
    case control(PacketKind)

    /// What it costs to keep it: a million empty packets are no small backlog.
    var size: Int { 128 + content }

    var isCompressible: Bool {
      switch self {
      case .text(_, let isCompressible), .binary(_, let isCompressible): isCompressible
      case .control: true
      }
    }

    private var content: Int {
      switch self {
      case .text(let text, _): text.readableBytes
      case .binary(let bytes, _): bytes.count
      case .control: 1
      }
    }
  }

  /// What a poll is answered with.
  struct Payload {
    fileprivate(set) var bytes: [UInt8] = []
    /// Whether any packet in it may be compressed.
    fileprivate(set) var isCompressible = false
  }

  private(set) var packets: Deque<Packet> = []
  /// Bytes that wait, with what keeping the packets costs.
  private(set) var size = 0
  /// Who asked and has no answer yet.
  var responder: HTTPResponder?

  var isEmpty: Bool { packets.isEmpty }

  mutating func append(_ message: OutboundMessage) {
    append(.text(message.text, isCompressible: message.isCompressible))
    for attachment in message.attachments { append(.binary(attachment, isCompressible: message.isCompressible)) }
  }

  mutating func append(binary: [UInt8]) { append(.binary(binary, isCompressible: true)) }

  mutating func append(_ kind: PacketKind) { append(.control(kind)) }

  mutating func removeAll() {
    packets = []
    size = 0
  }

  private mutating func append(_ packet: Packet) {
    packets.append(packet)
    size += packet.size
  }

  /// Takes up to `limit` packets as the body of a poll's answer.
  mutating func takePayload(limit: Int) -> Payload {
    var writer = PayloadWriter()
    var payload = Payload()
    while writer.count < limit, let packet = packets.popFirst() {
      size -= packet.size
      if packet.isCompressible { payload.isCompressible = true }
      switch packet {
      case .text(let text, _): text.withUnsafeReadableBytes { writer.append(text: $0) }
      case .binary(let bytes, _): bytes.withUnsafeBytes { writer.append(binary: $0) }
      case .control(let kind): writer.append(kind)
      }
    }
    payload.bytes = writer.bytes
    return payload
  }

  /// Takes everything as WebSocket frames, in order.
  mutating func takeFrames() -> ByteBuffer {
    var frames = ByteBuffer()
    while let packet = packets.popFirst() {
      switch packet {
      case .text(let text, _): WebSocketFrame.append(.text, Array(text.readableBytesView), to: &frames)
      case .binary(let bytes, _): WebSocketFrame.append(.binary, bytes, to: &frames)
      case .control(let kind): WebSocketFrame.append(.text, [kind.rawValue], to: &frames)
      }
    }
    size = 0
    return frames
  }
}
