import NIOCore

/// A connection with deadlines of its own.
protocol WatchedConnection: AnyObject {
  /// Its place in the watch; -1 while it is in none.
  var watchIndex: Int { get set }
  /// Does what is overdue.
  func look(now: NIODeadline)
}

/// Has connections look at the clock now and then: one timer for all of a loop, so that a deadline costs a connection nothing but
/// being late by up to an interval. Confined to its event loop.
final class ConnectionWatch {
  private let eventLoop: any EventLoop
  private let interval: TimeAmount
  private var connections: ContiguousArray<any WatchedConnection> = []
  private var isTicking = false

  init(eventLoop: any EventLoop, interval: TimeAmount) {
    self.eventLoop = eventLoop
    self.interval = interval
  }

  /// An interval that is short against every one of these times.
  static func interval(for times: TimeAmount...) -> TimeAmount {
    .nanoseconds(min(1_000_000_000, max(10_000_000, (times.map(\.nanoseconds).min() ?? 0) / 8)))
  }

  func add(_ connection: any WatchedConnection) {
    guard connection.watchIndex < 0 else { return }
    connection.watchIndex = connections.count
    connections.append(connection)
    if isTicking == false { tickLater() }
  }

  func remove(_ connection: any WatchedConnection) {
    let index = connection.watchIndex
    guard index >= 0 else { return }
    connection.watchIndex = -1
    let last = connections.removeLast()
    guard last !== connection else { return }
    connections[index] = last
    last.watchIndex = index
  }

  private func tickLater() {
    isTicking = true
    eventLoop.assumeIsolated().scheduleTask(in: interval) { self.tick() }
  }

  private func tick() {
    isTicking = false
    let now = NIODeadline.now()
    // From the end: one that leaves meanwhile is replaced by one that has looked already.
    var index = connections.count - 1
    while index >= 0 {
      if index < connections.count { connections[index].look(now: now) }
      index -= 1
    }
    if connections.isEmpty == false { tickLater() }
  }
}
