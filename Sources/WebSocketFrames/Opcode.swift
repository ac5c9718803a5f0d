/// The kinds of frame (RFC 6455 §5.2).
public enum Opcode: UInt8, Sendable {
  /// A further fragment.
  case continuation = 0
  /// Text.
  case text = 1
  /// Bytes.
  case binary = 2
  /// Close.
  case close = 8
  /// Ping.
  case ping = 9
  /// Pong.
  case pong = 10

  /// Whether the frame must be whole and at most 125 bytes long.
  public var isControl: Bool { rawValue >= 8 }
}

/// Which side of a connection is meant.
public enum Role: Sendable {
  /// Receives masked frames, sends unmasked ones.
  case server
  /// Receives unmasked frames, sends masked ones.
  case client
}
