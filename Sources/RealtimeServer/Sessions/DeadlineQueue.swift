import DequeModule

/// Deadlines that all lie the same time ahead when they are added, so that they fall due in the order they were added and one
/// timer per event loop serves every session. Nothing is ever removed early: who is called looks at its own clock again.
struct DeadlineQueue {
  struct Entry {
    let deadline: Int64
    let key: TableKey
  }

  private var entries: Deque<Entry> = []

  /// When the first is due, in milliseconds.
  var next: Int64? { entries.first?.deadline }

  var count: Int { entries.count }

  mutating func add(_ key: TableKey, deadline: Int64) {
    entries.append(Entry(deadline: deadline, key: key))
  }

  mutating func popDue(_ now: Int64) -> TableKey? {
    guard let first = entries.first, first.deadline <= now else { return nil }
    entries.removeFirst()
    if entries.isEmpty { entries = [] }
    return first.key
  }
}
