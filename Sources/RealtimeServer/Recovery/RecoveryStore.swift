import NIOCore
import SocketIO
import Synchronization

/// The sessions that wait for their clients, and where those are that were recovered: an id names the loop that the socket was on at
/// first. Shared by all loops, touched when sockets come and go only.
final class RecoveryStore: Sendable {
  let options: RecoveryOptions
  private let lost: Mutex<LostSessions>
  private let moved = Mutex<[SocketID: Int]>([:])
  private let hasMoved = Atomic<Bool>(false)

  init(options: RecoveryOptions) {
    self.options = options
    lost = Mutex(LostSessions(limit: options.sessions))
  }

  /// Sessions that wait.
  var count: Int { lost.withLock { $0.count } }

  /// Sessions that were dropped for want of room.
  var dropped: Int { lost.withLock { $0.dropped } }

  func keep(_ session: LostSession, under privateID: String, now: Int64) {
    lost.withLock { $0.keep(session, under: privateID, now: now) }
  }

  func expire(now: Int64) { lost.withLock { $0.expire(now: now) } }

  func take(_ privateID: String, namespace: Int, now: Int64) -> LostSession? {
    lost.withLock { $0.take(privateID, namespace: namespace, now: now) }
  }

  /// The loop of a recovered socket; nil for any other, which is where its id says.
  func loop(of socket: SocketID) -> Int? {
    hasMoved.load(ordering: .acquiring) ? moved.withLock { $0[socket] } : nil
  }

  func settled(_ socket: SocketID, on loop: Int) {
    moved.withLock { $0[socket] = loop }
    hasMoved.store(true, ordering: .releasing)
  }

  func left(_ socket: SocketID, from loop: Int) {
    moved.withLock { if $0[socket] == loop { $0[socket] = nil } }
  }
}
