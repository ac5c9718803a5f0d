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

  /// A text message, its Engine.IO type included, and its attachments.
  init(text: [UInt8], attachments: [[UInt8]] = []) {
    var frames = WebSocketFrame.text(text)
    textOffset = frames.readableBytes - text.count
    textLength = text.count
    for attachment in attachments { WebSocketFrame.append(.binary, attachment, to: &frames) }
    self.frames = frames
    self.attachments = attachments
  }

  /// An event. Nil when its arguments are no array or its placeholders name no attachment.
  init?(_ packet: EventPacket, namespace: String, id: UInt64? = nil) {
    var text: [UInt8] = [messageType]
    guard let arranged = Self.arranged(packet.arguments, packet.attachments),
      PacketWriter.event(
        packet.name, arguments: arranged.arguments, namespace: namespace, id: id, attachments: arranged.attachments.count, to: &text)
    else { return nil }
    self.init(text: text, attachments: arranged.attachments)
  }

  /// An answer. Nil when its arguments are no array or its placeholders name no attachment.
  init?(ack id: UInt64, arguments: [UInt8], attachments: [[UInt8]], namespace: String) {
    var text: [UInt8] = [messageType]
    guard let arranged = Self.arranged(arguments, attachments),
      PacketWriter.ack(id, arguments: arranged.arguments, namespace: namespace, attachments: arranged.attachments.count, to: &text)
    else { return nil }
    self.init(text: text, attachments: arranged.attachments)
  }

  /// A packet without attachments, written by `body`.
  init(_ body: (inout [UInt8]) -> Void) {
    var text: [UInt8] = [messageType]
    body(&text)
    self.init(text: text)
  }

  /// The text message without its frame.
  var text: ByteBuffer { frames.getSlice(at: frames.readerIndex + textOffset, length: textLength) ?? ByteBuffer() }

  /// How many Engine.IO packets it is.
  var packetCount: Int { attachments.count + 1 }

  private static func arranged(_ arguments: [UInt8], _ attachments: [[UInt8]]) -> (arguments: [UInt8], attachments: [[UInt8]])? {
    guard attachments.isEmpty == false else { return (arguments, attachments) }
    guard let arranged = try? BinaryArguments.arrange(arguments, attachments: attachments.count, depth: 128) else { return nil }
    return (arranged.text, arranged.order.map { attachments[$0] })
  }
}

private let messageType = UInt8(ascii: "4")
