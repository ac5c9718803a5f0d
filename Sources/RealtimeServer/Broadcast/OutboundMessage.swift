import EngineIO
import NIOCore
import SocketIO
import WebSocketFrames

/// A packet ready to be sent: encoded once, framed once, shared by every socket that gets it.
struct OutboundMessage: Sendable {
  /// The complete frames, header and attachments as one unit.
  let frames: ByteBuffer
  /// Where the text message lies in ``frames``.
  private let textOffset: Int
  private let textLength: Int
  /// Binary messages that follow the text.
  let attachments: [[UInt8]]
  /// The compressed forms; nil when nothing of it is to be compressed.
  private(set) var packed: PackedMessage?
  /// Whether the answer to a poll may be compressed for its sake.
  private(set) var isCompressible = true

  /// A text message, its Engine.IO type included, and its attachments. Parts of at least `threshold` bytes may be compressed.
  init(text: [UInt8], attachments: [[UInt8]] = [], threshold: Int? = nil) {
    packed = threshold.flatMap { least in
      text.count >= least || attachments.contains { $0.count >= least } ? PackedMessage(threshold: least) : nil
    }
    var frames = WebSocketFrame.text(text)
    textOffset = frames.readableBytes - text.count
    textLength = text.count
    for attachment in attachments { WebSocketFrame.append(.binary, attachment, to: &frames) }
    self.frames = frames
    self.attachments = attachments
  }

  /// An event. Nil when its arguments are no array or its placeholders name no attachment.
  init?(
    _ packet: EventPacket, namespace: String, id: UInt64? = nil, offset: String? = nil, threshold: Int? = nil, flags: EmitFlags = []
  ) {
    var text = Self.begun(room: packet.arguments.count + packet.name.utf8.count + namespace.utf8.count + (offset?.utf8.count ?? 0))
    guard let arranged = Self.arranged(packet.arguments, packet.attachments),
      PacketWriter.event(
        packet.name, arguments: arranged.arguments, namespace: namespace, id: id, offset: offset,
        attachments: arranged.attachments.count, to: &text)
    else { return nil }
    let isCompressible = flags.contains(.uncompressed) == false
    self.init(text: text, attachments: arranged.attachments, threshold: isCompressible ? threshold : nil)
    self.isCompressible = isCompressible
  }

  /// An answer. Nil when its arguments are no array or its placeholders name no attachment.
  init?(ack id: UInt64, arguments: [UInt8], attachments: [[UInt8]], namespace: String, threshold: Int? = nil) {
    var text = Self.begun(room: arguments.count + namespace.utf8.count)
    guard let arranged = Self.arranged(arguments, attachments),
      PacketWriter.ack(id, arguments: arranged.arguments, namespace: namespace, attachments: arranged.attachments.count, to: &text)
    else { return nil }
    self.init(text: text, attachments: arranged.attachments, threshold: threshold)
  }

  /// The text of an answer without attachments. Nil when its arguments are no array.
  static func text(ack id: UInt64, arguments: [UInt8], namespace: String) -> [UInt8]? {
    var text = begun(room: arguments.count + namespace.utf8.count)
    return PacketWriter.ack(id, arguments: arguments, namespace: namespace, to: &text) ? text : nil
  }

  /// A packet without attachments, written by `body`.
  init(_ body: (inout [UInt8]) -> Void) {
    var text = Self.begun(room: 0)
    body(&text)
    self.init(text: text)
  }

  /// The text message without its frame.
  var text: ByteBuffer { frames.getSlice(at: frames.readerIndex + textOffset, length: textLength) ?? ByteBuffer() }

  /// Bytes it holds.
  var memory: Int { attachments.reduce(frames.readableBytes) { $0 + $1.count } }

  /// The same without compressed forms, which would be kept with it.
  var withoutPackedForms: OutboundMessage {
    var message = self
    message.packed = nil
    return message
  }

  /// How many Engine.IO packets it is.
  var packetCount: Int { attachments.count + 1 }

  /// A text that has its Engine.IO type, with room for the rest: what the writer adds of its own and this many bytes.
  private static func begun(room: Int) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(room + 64)
    text.append(PacketKind.message.rawValue)
    return text
  }

  private static func arranged(_ arguments: [UInt8], _ attachments: [[UInt8]]) -> (arguments: [UInt8], attachments: [[UInt8]])? {
    guard attachments.isEmpty == false else { return (arguments, attachments) }
    guard let arranged = try? BinaryArguments.arrange(arguments, attachments: attachments.count, limits: DecodeLimits(values: .max)) else {
      return nil
    }
    return (arranged.text, arranged.order.map { attachments[$0] })
  }
}
