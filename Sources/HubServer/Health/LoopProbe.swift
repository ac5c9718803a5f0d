public import NIOCore

/// Whether event loops still turn: what a watchdog should ask. Readiness is another question, since a full disk is no reason to
/// restart.
public struct LoopProbe: Sendable {
  private let loops: [any EventLoop]

  /// A probe of every loop of the group.
  public init(_ group: any EventLoopGroup) { loops = Array(group.makeIterator()) }

  /// Answers true once every loop took a turn; a wedged or closed loop leaves the question open.
  public func answers() async -> Bool {
    for loop in loops {
      guard (try? await loop.submit {}.get()) != nil else { return false }
    }
    return true
  }
}
