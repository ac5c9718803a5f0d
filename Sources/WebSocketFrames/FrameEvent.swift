/// What a decoder found: a whole message or a control frame.
public enum FrameEvent: Sendable, Equatable {
  /// A text message, valid UTF-8.
  case text([UInt8])
  /// A binary message.
  case binary([UInt8])
  /// A message over the limit, which went by unread: how it begins, and how many bytes it had.
  case skipped(Opcode, head: [UInt8], bytes: UInt64)
  /// A ping and what the pong has to repeat.
  case ping([UInt8])
  /// A pong.
  case pong([UInt8])
  /// A close frame; no code when it was empty.
  case close(code: UInt16?, reason: [UInt8])

  /// Whether it is a message, not a control frame.
  public var isMessage: Bool {
    switch self {
    case .text, .binary, .skipped: true
    case .ping, .pong, .close: false
    }
  }
}
