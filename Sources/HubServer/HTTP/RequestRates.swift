internal import HubAuth
public import NIOCore
internal import Synchronization

/// How many requests a second each client may make, in bounded memory. Asked from every event loop.
public final class RequestRates: Sendable {
  private let limiter: Mutex<RateLimiter>

  /// A limit for every client.
  ///
  /// - Parameters:
  ///   - rate: requests per second, with a burst of two seconds.
  ///   - capacity: how many clients are remembered.
  public init(perSecond rate: Int, capacity: Int = 50_000) {
    limiter = Mutex(RateLimiter(RateLimit(perSecond: Double(rate)), capacity: capacity))
  }

  /// How long the client has to wait; nil when its request may pass.
  public func delay(of client: String, now: NIODeadline = .now()) -> TimeAmount? {
    switch limiter.withLock({ $0.take(client, now: Int64(now.uptimeNanoseconds / 1_000_000)) }) {
    case .allowed: nil
    case .limited(let wait): .milliseconds(wait)
    }
  }
}
