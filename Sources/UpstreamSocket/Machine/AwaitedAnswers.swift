import DequeModule

/// The emits whose answers are awaited. All of them wait equally long, so they are given up in the order they came.
struct AwaitedAnswers: Sendable {
  private var namespaces: [UInt64: String] = [:]
  private var order: Deque<(id: UInt64, until: Int64)> = []

  /// When the next one is given up. An answered one may stand in for it until then.
  var deadline: Int64? { order.first?.until }

  mutating func wait(for id: UInt64, in namespace: String, until: Int64) {
    namespaces[id] = namespace
    order.append((id, until))
  }

  /// Whether the answer was awaited in this namespace; it is not any more.
  mutating func take(_ id: UInt64, in namespace: String) -> Bool {
    guard namespaces[id] == namespace else { return false }
    namespaces[id] = nil
    return true
  }

  /// All of them may come so much later, for none could be heard.
  mutating func postpone(by delay: Int64, atMost last: Int64) {
    for index in order.indices { order[index].until = min(order[index].until + delay, last) }
  }

  /// Gives up those whose time has come.
  mutating func expire(now: Int64) -> [UInt64] {
    var late: [UInt64] = []
    while let first = order.first, first.until <= now {
      order.removeFirst()
      if namespaces.removeValue(forKey: first.id) != nil { late.append(first.id) }
    }
    return late
  }

  /// Gives up those of one namespace, or all.
  mutating func giveUp(in namespace: String? = nil) -> [UInt64] {
    let ids = namespaces.filter { namespace == nil || $0.value == namespace }.keys.sorted()
    for id in ids { namespaces[id] = nil }
    if namespaces.isEmpty { order = [] }
    return ids
  }
}
