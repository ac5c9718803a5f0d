import NIOCore

/// What falls due on one event loop: five queues and at most one timer of the loop's.
struct LoopTimers {
  enum Kind: Int, CaseIterable {
    /// A ping is to be sent.
    case ping
    /// A pong should have come.
    case pong
    /// A WebSocket should have become the transport.
    case upgrade
    /// A namespace should have been joined.
    case connect
    /// A closed polling session should have been told.
    case farewell
  }

  private var queues = Kind.allCases.map { _ in DeadlineQueue() }

  /// When the first of all is due, in milliseconds.
  var next: Int64? { queues.compactMap(\.next).min() }

  /// How many deadlines are to come, those of sessions that are gone included.
  var count: Int { queues.reduce(0) { $0 + $1.count } }

  /// Adds a deadline. True when the queue was empty, so that ``next`` may have changed.
  mutating func add(_ kind: Kind, _ key: TableKey, deadline: Int64) -> Bool {
    let wasEmpty = queues[kind.rawValue].next == nil
    queues[kind.rawValue].add(key, deadline: deadline)
    return wasEmpty
  }

  mutating func popDue(_ now: Int64) -> (Kind, TableKey)? {
    for kind in Kind.allCases {
      if let key = queues[kind.rawValue].popDue(now) { return (kind, key) }
    }
    return nil
  }
}
