import DequeModule
import EngineIO
import NIOCore
import WebSocketFrames

/// What waits for the polls of one session, and the poll that waits for it.
struct PollingBuffer {
  private enum Packet {
    case text(ByteBuffer)
    case binary([UInt8])
    case control(PacketKind)

    /// What it costs to keep it: a million empty packets are no small backlog.
    var size: Int { 128 + content }

    private var content: Int {
      switch self {
      case .text(let text): text.readableBytes
      case .binary(let bytes): bytes.count
      case .control: 1
      }
    }
  }

  private var packets: Deque<Packet> = []
  /// Bytes that wait, with what keeping the packets costs.
  private(set) var size = 0
  /// Who asked and has no answer yet.
  var responder: HTTPResponder?

  var isEmpty: Bool { packets.isEmpty }

  mutating func append(_ message: OutboundMessage) {
    append(.text(message.text))
    for attachment in message.attachments { append(.binary(attachment)) }
  }

  mutating func append(binary: [UInt8]) { append(.binary(binary)) }

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
  mutating func takePayload(limit: Int) -> PayloadWriter {
    var payload = PayloadWriter()
    while payload.count < limit, let packet = packets.popFirst() {
      size -= packet.size
      switch packet {
      case .text(let text): text.withUnsafeReadableBytes { payload.append(text: $0) }
      case .binary(let bytes): bytes.withUnsafeBytes { payload.append(binary: $0) }
      case .control(let kind): payload.append(kind)
      }
    }
    return payload
  }

  /// Takes everything as WebSocket frames, in order.
  mutating func takeFrames() -> ByteBuffer {
    var frames = ByteBuffer()
    while let packet = packets.popFirst() {
      switch packet {
      case .text(let text): WebSocketFrame.append(.text, Array(text.readableBytesView), to: &frames)
      case .binary(let bytes): WebSocketFrame.append(.binary, bytes, to: &frames)
      case .control(let kind): WebSocketFrame.append(.text, [kind.rawValue], to: &frames)
      }
    }
    size = 0
    return frames
  }
}
