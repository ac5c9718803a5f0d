/// When each instance may send next: WhatsApp bans accounts that write in bulk. Times are in milliseconds.
struct Pacer: Sendable {
  /// A send waits no longer than this before it is given back to the hub, which waits better.
  static let patienceMs: Int64 = 5000
  /// How much shorter or longer than the mean a wait is at most: people aren't regular.
  private static let jitter = 0.25

  enum Turn: Sendable, Hashable {
    /// After so long; the place is taken.
    case wait(Int64)
    /// It would be longer: nothing is taken.
    case later(Int64)
  }

  /// The mean time between two messages; 0 for none.
  let intervalMs: Double
  private var next: [String: Double] = [:]

  /// - Parameter perSecond: how many messages of an instance; 0: any number.
  init(perSecond: Double) { intervalMs = perSecond > 0 ? 1000 / perSecond : 0 }

  /// - Parameter random: evenly distributed in 0..<1.
  mutating func turn(of instance: String, nowMs: Int64, random: Double) -> Turn {
    guard intervalMs > 0 else { return .wait(0) }
    let start = max(next[instance] ?? 0, Double(nowMs))
    let wait = Int64(start) - nowMs
    guard wait <= max(Self.patienceMs, 0) else { return .later(wait) }
    next[instance] = start + intervalMs * (1 + Self.jitter * (2 * random - 1))
    return .wait(wait)
  }
}
