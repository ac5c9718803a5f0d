import Synchronization

/// What one event loop counts. Written on that loop, read from anywhere.
final class LoopMeters: Sendable {
  let sessionsOpened = Atomic<Int>(0)
  let sessionsClosed = Atomic<Int>(0)
  let refusedSessions = Atomic<Int>(0)
  let refusedOrigins = Atomic<Int>(0)
  let upgrades = Atomic<Int>(0)
  let packetsIn = Atomic<Int>(0)
  let packetsOut = Atomic<Int>(0)
  let bytesIn = Atomic<Int>(0)
  let bytesOut = Atomic<Int>(0)
  let volatileDrops = Atomic<Int>(0)
  let rateDrops = Atomic<Int>(0)
  let slowCloses = Atomic<Int>(0)
  let protocolErrors = Atomic<Int>(0)
  let refusedConnects = Atomic<Int>(0)
  let recovered = Atomic<Int>(0)
  let unrecovered = Atomic<Int>(0)
  /// Changes only when a socket comes or goes.
  let population = Mutex(Population())

  struct Population {
    var sessions = 0
    var transports = 0
    var byNamespace: [String: Int] = [:]
    var byLabel: [String: Int] = [:]

    mutating func add(_ count: Int, namespace: String) {
      byNamespace[namespace, default: 0] += count
      if byNamespace[namespace] == 0 { byNamespace[namespace] = nil }
    }

    /// Counts a transport under its label, or moves it to another one.
    mutating func move(from old: String?, to new: String?) {
      if let old {
        transports -= 1
        byLabel[old, default: 0] -= 1
        if byLabel[old] == 0 { byLabel[old] = nil }
      }
      if let new {
        transports += 1
        byLabel[new, default: 0] += 1
      }
    }
  }

  /// On the loop.
  func packetIn(_ bytes: Int) {
    packetsIn.addAlone(1)
    bytesIn.addAlone(bytes)
  }

  /// On the loop.
  func packetsOut(_ count: Int, bytes: Int) {
    packetsOut.addAlone(count)
    bytesOut.addAlone(bytes)
  }
}

extension Atomic where Value == Int {
  /// Adds where nobody else writes, which needs no locked instruction. Others may read.
  fileprivate borrowing func addAlone(_ count: Int) { store(load(ordering: .relaxed) &+ count, ordering: .relaxed) }
}
