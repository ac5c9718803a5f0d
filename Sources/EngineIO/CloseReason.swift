/// Why a session ended.
public enum CloseReason: Sendable, Hashable {
  /// The connection broke, a poll was abandoned, or the peer misused the transport.
  case transportError
  /// The peer closed.
  case transportClose
  /// A poll or post overlapped another.
  case overlap
  /// No pong came in time.
  case pingTimeout
  /// The peer sent what is no packet.
  case parseError
  /// The server's own decision.
  case server
}
