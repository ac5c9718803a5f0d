import EngineIO
import WebSocketFrames

/// A message as a transport carries it, with no protocol of its own above.
package enum BareMessage: Sendable, Hashable {
  /// Text, as UTF-8.
  case text([UInt8])
  /// Bytes.
  case binary([UInt8])
}

/// What a message is answered with; nil answers nothing.
package typealias BareAnswering = @Sendable (BareMessage) -> BareMessage?

extension Session {
  /// Sends a message of bare Engine.IO.
  func answer(_ message: BareMessage?) {
    switch message {
    case .text(let text): send(OutboundMessage(text: [PacketKind.message.rawValue] + text))
    case .binary(let bytes): send(binary: bytes)
    case nil: break
    }
  }

  private func send(binary: [UInt8]) {
    loop.meters.packetsOut(1, bytes: binary.count)
    if let link {
      link.send(WebSocketFrame.binary(binary))
    } else {
      polling?.append(binary: binary)
      buffered()
    }
  }
}
