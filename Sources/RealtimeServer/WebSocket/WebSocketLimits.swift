public import NIOCore

/// What one websocket may hold.
public struct WebSocketLimits: Sendable {
  /// Bytes of one message, all fragments together; above it 1009.
  public var message = 1_000_000
  /// Bytes waiting to be sent at which the socket is closed as slow.
  public var hard = 1024 * 1024
  /// Bytes waiting to be sent that are tolerated for `softDeadline` only.
  public var soft = 256 * 1024
  /// How long more than `soft` may wait.
  public var softDeadline = TimeAmount.seconds(10)
  /// How long a close handshake may take.
  public var closeDeadline = TimeAmount.seconds(5)

  /// The defaults.
  public init() {}
}
