import Synchronization

/// What a listener has counted since it was bound.
public struct ListenerCounters: Sendable, Equatable {
  /// Connections open now, upgraded ones included.
  public var open = 0
  /// Connections taken.
  public var accepted = 0
  /// Connections refused because the listener was full.
  public var refusedFull = 0
  /// Connections refused because their address had too many.
  public var refusedAddress = 0
  /// Requests dispatched.
  public var requests = 0
  /// Connections that became websockets.
  public var upgraded = 0
  /// Requests refused because they weren't proper HTTP.
  public var malformed = 0
  /// Requests refused because of their size.
  public var tooLarge = 0
  /// Requests refused because the bodies of all requests together were too much.
  public var bodiesFull = 0
  /// Requests refused because their client sends too many.
  public var rateLimited = 0
  /// Connections ended because a head, a body or a websocket message came too slowly.
  public var timeouts = 0
  /// Requests whose client hung up before the answer.
  public var aborted = 0
  /// Connections closed because too much waited to be sent.
  public var slow = 0
  /// Websockets closed because the peer broke the protocol or a limit.
  public var violations = 0
  /// Times when nothing was accepted for a moment because the process or the system had no descriptor left.
  public var descriptorPauses = 0
  /// The same for want of memory.
  public var memoryPauses = 0
}

/// The live counters; one writer per loop, so plain relaxed atomics do.
final class ListenerMeters: Sendable {
  let accepted = Atomic<Int>(0)
  let refusedFull = Atomic<Int>(0)
  let refusedAddress = Atomic<Int>(0)
  let requests = Atomic<Int>(0)
  let upgraded = Atomic<Int>(0)
  let malformed = Atomic<Int>(0)
  let tooLarge = Atomic<Int>(0)
  let bodiesFull = Atomic<Int>(0)
  let rateLimited = Atomic<Int>(0)
  let timeouts = Atomic<Int>(0)
  let aborted = Atomic<Int>(0)
  let slow = Atomic<Int>(0)
  let violations = Atomic<Int>(0)
  let descriptorPauses = Atomic<Int>(0)
  let memoryPauses = Atomic<Int>(0)

  func read(open: Int) -> ListenerCounters {
    ListenerCounters(
      open: open, accepted: accepted.load(ordering: .relaxed), refusedFull: refusedFull.load(ordering: .relaxed),
      refusedAddress: refusedAddress.load(ordering: .relaxed), requests: requests.load(ordering: .relaxed),
      upgraded: upgraded.load(ordering: .relaxed), malformed: malformed.load(ordering: .relaxed),
      tooLarge: tooLarge.load(ordering: .relaxed), bodiesFull: bodiesFull.load(ordering: .relaxed),
      rateLimited: rateLimited.load(ordering: .relaxed), timeouts: timeouts.load(ordering: .relaxed),
      aborted: aborted.load(ordering: .relaxed), slow: slow.load(ordering: .relaxed), violations: violations.load(ordering: .relaxed),
      descriptorPauses: descriptorPauses.load(ordering: .relaxed), memoryPauses: memoryPauses.load(ordering: .relaxed))
  }

  func countPause(_ cause: AcceptPause.Cause) {
    switch cause {
    case .descriptors: descriptorPauses.increment()
    case .memory: memoryPauses.increment()
    }
  }
}

extension Atomic where Value == Int {
  borrowing func increment() { add(1, ordering: .relaxed) }
}
