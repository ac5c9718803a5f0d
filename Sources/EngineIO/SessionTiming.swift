/// The times of a session, in milliseconds.
public struct SessionTiming: Sendable, Hashable {
  /// From the handshake, and from each pong, to the next ping.
  public var pingInterval: Int64
  /// From a ping to the end of the session, unless a pong comes.
  public var pingTimeout: Int64
  /// How long a second transport may take to become the session's.
  public var upgradeTimeout: Int64
  /// How long a closed polling session waits for one more poll to tell the client.
  public var farewell: Int64

  /// The reference server's times.
  public init(pingInterval: Int64 = 25_000, pingTimeout: Int64 = 20_000, upgradeTimeout: Int64 = 10_000, farewell: Int64 = 30_000) {
    self.pingInterval = pingInterval
    self.pingTimeout = pingTimeout
    self.upgradeTimeout = upgradeTimeout
    self.farewell = farewell
  }
}
