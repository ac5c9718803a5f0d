internal import Synchronization

extension Journal {
  /// Events after a place, in journal order.
  ///
  /// Every row is checked. The answer ends before a damaged or missing one; if that is the very next, the call throws `damaged` with its
  /// sequence, and a caller that records the loss goes on after it.
  ///
  /// - Parameters:
  ///   - after: the last event known; 0 is the beginning, that is the oldest event retention left.
  ///   - limit: most events to return.
  ///   - tenant: only events of this tenant; nil for all.
  /// - Throws: `damaged`; `cursorExpired` when events after the cursor are gone.
  public func events(after: UInt64, limit: Int, tenant: String? = nil) throws -> [StoredEvent] {
    let purged = shared.withLock { $0.purgedThrough }
    if after != 0, after < purged {
      throw JournalError(.cursorExpired, "events up to \(purged) are beyond retention", sequence: purged + 1)
    }
    let start = max(after, purged)
    do {
      return try reading { storage in
        try storage.read { connection in
          if let tenant { return try Self.events(of: tenant, after: start, limit: limit, connection) }
          let statement = try SQLStatement(connection, EventRow.select + " WHERE e.sequence > ? ORDER BY e.sequence LIMIT ?")
          statement.bind(1, start)
          statement.bind(2, limit)
          return try Self.collect(statement, after: start, contiguous: true)
        }
      }
    } catch let error as JournalError where error.code == .damaged {
      counted.withLock { $0.damaged += 1 }
      throw error
    }
  }

  private static func collect(_ statement: SQLStatement, after: UInt64, contiguous: Bool) throws -> [StoredEvent] {
    var events: [StoredEvent] = []
    var last = after
    while true {
      do {
        guard try statement.step() else { return events }
      } catch let error as SQLError where error.isCorrupt {
        // SQLite cannot follow its own pages from here.
        if !events.isEmpty { return events }
        throw JournalError(.damaged, "event \(last + 1) cannot be read: \(error.message)", sequence: last + 1)
      }
      let reading = EventRow.read(statement)
      let next = UInt64(bitPattern: statement.int(0))
      let bad: UInt64?
      switch reading {
      // A damaged row may claim any number; what is missing is the one that should come now.
      case .damaged(let sequence): bad = contiguous ? last + 1 : max(sequence, last + 1)
      case .event, .purged: bad = contiguous && next != last + 1 ? last + 1 : nil
      }
      if let bad {
        if !events.isEmpty { return events }
        throw JournalError(.damaged, "event \(bad) is damaged and is not delivered", sequence: bad)
      }
      if case .event(let event) = reading { events.append(event) }
      last = next
    }
  }

  /// Walks the tenant's sources side by side: each is in order by itself.
  private static func events(of tenant: String, after: UInt64, limit: Int, _ connection: OpaquePointer) throws -> [StoredEvent] {
    let sources = try SQLStatement(connection, "SELECT number FROM sources WHERE tenant = ?")
    sources.bind(1, tenant)
    var places: [Int64] = []
    let walk = try SQLStatement(connection, "SELECT sequence FROM events WHERE source = ? AND sequence > ? ORDER BY sequence LIMIT ?")
    while try sources.step() {
      walk.bind(1, sources.int(0))
      walk.bind(2, after)
      walk.bind(3, limit)
      while try walk.step() { places.append(walk.int(0)) }
      walk.reset()
    }
    let row = try SQLStatement(connection, EventRow.select + " WHERE e.sequence = ?")
    var events: [StoredEvent] = []
    for place in places.sorted().prefix(limit) {
      row.bind(1, place)
      let one = try collect(row, after: after, contiguous: false, before: events)
      row.reset()
      guard let one else { return events }
      events += one
    }
    return events
  }

  /// The rows of a statement; nil when one is damaged and something was found before it.
  private static func collect(
    _ statement: SQLStatement, after: UInt64, contiguous: Bool, before: [StoredEvent]
  ) throws -> [StoredEvent]? {
    do {
      return try collect(statement, after: after, contiguous: contiguous)
    } catch let error as JournalError where error.code == .damaged && !before.isEmpty {
      return nil
    }
  }
}
