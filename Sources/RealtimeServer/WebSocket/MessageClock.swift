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
    let begin = isNew ? nil : deadline
    let earned = limits.messageRate > 0 ? Int64(bytes) * 1_000_000_000 / Int64(limits.messageRate) : 0
    deadline = (begin ?? .now() + limits.messageDeadline) + .nanoseconds(earned)
  }
}
