import NIOCore

/// Decides when a message that arrives in pieces has had its time.
struct MessageClock {
  private(set) var deadline: NIODeadline?

  /// Bytes arrived.
  ///
  /// - Parameters:
  ///   - isMidway: whether a message has begun that isn't complete.
  ///   - isNew: whether another one ended since the last call.
  mutating func arrived(_ bytes: Int, isMidway: Bool, isNew: Bool, limits: WebSocketLimits) {
    guard isMidway else { return deadline = nil }
    guard !isNew, let deadline else { return deadline = .now() + limits.messageDeadline }
    if limits.messageRate > 0 { self.deadline = deadline + .nanoseconds(Int64(bytes) * 1_000_000_000 / Int64(limits.messageRate)) }
  }
}
