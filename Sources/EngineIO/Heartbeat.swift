/// When to ping and when to give up. A ping follows each pong by the interval, not a fixed tick, and only a pong stops the
/// timeout. Times are milliseconds of any clock that does not go back.
public struct Heartbeat: Sendable, Hashable {
  /// What is waited for.
  public enum Phase: Sendable, Hashable {
    /// The next ping leaves at ``Heartbeat/deadline``.
    case resting
    /// The pong must come before ``Heartbeat/deadline``.
    case awaitingPong
  }

  /// What is due.
  public enum Due: Sendable, Hashable {
    /// Nothing before the deadline.
    case nothing
    /// A ping.
    case ping
    /// The end of the session.
    case timeout
  }

  /// What is waited for.
  public private(set) var phase = Phase.resting
  /// When something is due.
  public private(set) var deadline: Int64

  /// A heartbeat that begins now.
  public init(now: Int64, timing: SessionTiming) { deadline = now + timing.pingInterval }

  /// Looks at the clock. After ``Due/ping`` the pong is awaited.
  public mutating func check(now: Int64, timing: SessionTiming) -> Due {
    guard now >= deadline else { return .nothing }
    switch phase {
    case .resting:
      phase = .awaitingPong
      deadline = now + timing.pingTimeout
      return .ping
    case .awaitingPong: return .timeout
    }
  }

  /// The pong came, or a new transport replaced the one the ping was sent on.
  public mutating func restart(now: Int64, timing: SessionTiming) {
    phase = .resting
    deadline = now + timing.pingInterval
  }
}
