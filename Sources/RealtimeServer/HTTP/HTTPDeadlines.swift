import NIOCore

/// When a connection has to be somewhere. Entering a phase costs a store, so that nothing is scheduled per request; the clock is read
/// when the phase is another one.
struct HTTPDeadlines {
  /// What a connection is doing.
  enum Phase: Equatable {
    /// A head is arriving, or the first one is awaited.
    case head
    /// A body is arriving.
    case body
    /// An answer is pending; takes as long as it takes.
    case answering
    /// The client doesn't read its answer.
    case stalled
    /// Between requests.
    case idle
    /// Refused, and reading what the client goes on sending.
    case lingering
  }

  private(set) var phase: Phase
  private(set) var deadline: NIODeadline?
  private let limits: HTTPLimits

  init(limits: HTTPLimits, now: NIODeadline) {
    self.limits = limits
    phase = .head
    deadline = now + limits.headDeadline
  }

  mutating func enter(_ phase: Phase, now: @autoclosure () -> NIODeadline) {
    guard phase != self.phase else { return }
    self.phase = phase
    let now = now()
    deadline =
      switch phase {
      case .head: now + limits.headDeadline
      case .body: now + limits.bodyDeadline
      case .answering: nil
      case .stalled, .idle: now + limits.idle
      case .lingering: now + limits.linger
      }
  }

  /// The client took some of its answer: it has the same time again for the rest.
  mutating func renew(now: NIODeadline) {
    if phase == .stalled { deadline = now + limits.idle }
  }

  /// Bytes of a body arrived: a long one gets more time, at the least rate allowed.
  mutating func progress(_ bytes: Int) {
    guard phase == .body, limits.bodyRate > 0, let deadline else { return }
    self.deadline = deadline + .nanoseconds(Int64(bytes) * 1_000_000_000 / Int64(limits.bodyRate))
  }

  func isExpired(now: NIODeadline) -> Bool {
    deadline.map { $0 <= now } ?? false
  }
}
