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
  /// What every message may take from its first byte to its last; after it 1008. Each `messageRate` bytes that arrived add a second.
  public var messageDeadline = TimeAmount.seconds(30)
  /// Bytes per second below which a long message is too slow.
  public var messageRate = 16 * 1024
  /// How long a close handshake may take.
  public var closeDeadline = TimeAmount.seconds(5)

  /// The defaults.
  public init() {}
}
