import DequeModule
import NIOCore
import Synchronization

/// What other threads ask of a loop. The loop does it in the order of asking, and before anything that is asked on the loop later:
/// whoever was told that a call returned may rely on what it asked coming first.
///
/// Nothing is refused here, because nothing of it may be left out. It holds what is asked during one turn of the loop: another loop asks
/// only for what a turn of its own gave rise to, and a thread of the application only as fast as it makes the packets, which it does one
/// after the other. Nothing else holds such a thread back when the loop is slower than it.
final class LoopInbox: Sendable {
  typealias Work = @Sendable (LoopState) -> Void

  private struct Waiting {
    var work: Deque<Work> = []
    var isDraining = false
  }

  private let waiting = Mutex(Waiting())
  /// Read without the lock, because the loop looks before each call of its own and there is hardly ever anything.
  private let isEmpty = Atomic(true)

  /// Takes work from another thread; true when the loop has to be told that there is some.
  func add(_ work: @escaping Work) -> Bool {
    waiting.withLock { waiting in
      waiting.work.append(work)
      isEmpty.store(false, ordering: .releasing)
      return waiting.work.count == 1 && waiting.isDraining == false
    }
  }

  /// Does what waits, but not what comes meanwhile. To be called on the loop. Each piece is done whole: what it asks of the loop itself
  /// is a part of it and done at once.
  /// - Returns: whether there is more, of which the loop has to be told.
  func drain(_ loop: LoopState) -> Bool {
    guard isEmpty.load(ordering: .acquiring) == false else { return false }
    let count = waiting.withLock { waiting in
      if waiting.isDraining { return 0 }
      waiting.isDraining = true
      return waiting.work.count
    }
    guard count > 0 else { return false }
    for _ in 0..<count { next()?(loop) }
    return waiting.withLock { waiting in
      waiting.isDraining = false
      isEmpty.store(waiting.work.isEmpty, ordering: .releasing)
      return waiting.work.isEmpty == false
    }
  }

  private func next() -> Work? { waiting.withLock { $0.work.popFirst() } }
}
