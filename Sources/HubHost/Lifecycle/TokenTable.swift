/// The operations that wait for a plugin's answer, by token. A token is answered once; everything else that names one is a stray.
struct TokenTable<Operation: Sendable>: Sendable {
  /// Why an answer found no operation.
  enum Stray: String, Sendable {
    /// Never given out, or given out for something that is answered in another way.
    case unknown
    /// Answered already.
    case repeated
    /// Given up before the answer came.
    case late
  }

  private struct Entry {
    var operation: Operation
    var deadline: Duration?
  }

  private let base: UInt64
  private var next: UInt64
  private var entries: [UInt64: Entry] = [:]
  /// No deadline is before it; nil when none is known.
  private var earliest: Duration?
  private var givenUp = RecentTokens()

  /// A table whose tokens begin after `base`, so that those of two tables are never mistaken for each other.
  init(base: UInt64) {
    self.base = base
    next = base + 1
  }

  var count: Int { entries.count }

  mutating func add(_ operation: Operation, deadline: Duration?) -> UInt64 {
    let token = next
    next += 1
    entries[token] = Entry(operation: operation, deadline: deadline)
    if let deadline { earliest = min(earliest ?? deadline, deadline) }
    return token
  }

  /// What a token stands for, without answering it.
  func peek(_ token: UInt64) -> Operation? { entries[token]?.operation }

  /// Answers a token; nil when it is a stray. One whose operation `accepts` does not take is left waiting.
  mutating func take(_ token: UInt64, where accepts: (Operation) -> Bool = { _ in true }) -> Operation? {
    guard let entry = entries[token], accepts(entry.operation) else { return nil }
    entries[token] = nil
    return entry.operation
  }

  /// What sort of stray a token is that `take` did not answer.
  func stray(_ token: UInt64) -> Stray {
    if token <= base || token >= next || entries[token] != nil { return .unknown }
    return givenUp.contains(token) ? .late : .repeated
  }

  /// Gives up one operation; its answer will be late.
  mutating func giveUp(_ token: UInt64) -> Operation? {
    guard let entry = entries.removeValue(forKey: token) else { return nil }
    givenUp.insert(token)
    return entry.operation
  }

  /// Gives up everything whose deadline has come, oldest token first.
  mutating func expire(now: Duration) -> [(token: UInt64, operation: Operation)] {
    guard let earliest, earliest <= now else { return [] }
    let due = entries.filter { ($0.value.deadline ?? .seconds(Int64.max)) <= now }.keys.sorted()
    let expired = due.compactMap { token in giveUp(token).map { (token, $0) } }
    self.earliest = entries.values.lazy.compactMap(\.deadline).min()
    return expired
  }

  /// Gives up everything, oldest token first.
  mutating func giveUpAll() -> [(token: UInt64, operation: Operation)] {
    earliest = nil
    return entries.keys.sorted().compactMap { token in giveUp(token).map { (token, $0) } }
  }
}

/// The last tokens given up, to tell a late answer from a repeated one.
private struct RecentTokens: Sendable {
  private static let capacity = 1024
  private var tokens: Set<UInt64> = []
  private var order: [UInt64] = []
  private var oldest = 0

  func contains(_ token: UInt64) -> Bool { tokens.contains(token) }

  mutating func insert(_ token: UInt64) {
    tokens.insert(token)
    if order.count < Self.capacity {
      order.append(token)
    } else {
      tokens.remove(order[oldest])
      order[oldest] = token
      oldest = (oldest + 1) % Self.capacity
    }
  }
}
