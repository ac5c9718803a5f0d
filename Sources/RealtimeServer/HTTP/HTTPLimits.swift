public import NIOCore

/// Limits of one listener's connections. A count or size of 0 means no limit.
public struct HTTPLimits: Sendable {
  /// Bytes of target, field names and values of one head; above it 431.
  public var headBytes = 16 * 1024
  /// Fields of one head, trailers included; above it 431.
  public var headFields = 100
  /// From accept, or from the first sign of a further request, to the end of its head; after it 408.
  public var headDeadline = TimeAmount.seconds(10)
  /// What every body may take; after it 408. Each `bodyRate` bytes that arrived add a second.
  public var bodyDeadline = TimeAmount.seconds(30)
  /// Bytes per second below which a long body is too slow.
  public var bodyRate = 16 * 1024
  /// How long a connection may be idle between requests. It is never idle while an answer is pending.
  public var idle = TimeAmount.seconds(60)
  /// How long a refused client may go on sending before it is cut off, so that it can read the refusal.
  public var linger = TimeAmount.seconds(2)
  /// Requests of one connection that may wait for their turn; above it the last one is answered 503.
  public var pipelined = 64
  /// Bytes of bodies that all connections together may hold, from their arrival until their requests are answered; above it 503.
  public var bodyBytes = 256 << 20
  /// Open connections of the listener, upgraded ones included.
  public var connections = 20_000
  /// Open connections of one address, taken from the socket, not from forwarded fields. Peers in trusted networks don't count.
  public var connectionsPerAddress = 500

  /// The defaults.
  public init() {}
}
