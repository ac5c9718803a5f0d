/// The bounded queue before the writer, and whether anything is let in: a value that decides and does nothing.
struct Ingress {
  private enum Gate {
    case open
    case shut(reason: String)
    case closed
  }

  /// What the caller does after an offer was taken.
  enum Acceptance: Equatable {
    /// The writer sleeps: wake it.
    case wake
    /// The writer is awake and will come by.
    case queued
  }

  private let capacity, byteCapacity: Int
  private var gate = Gate.open
  private var waiting: [AppendRequest] = []
  private var volatile: [EventDraft] = []
  private(set) var events = 0
  private var bytes = 0
  private var isAwake = false

  init(capacity: Int, byteCapacity: Int) {
    self.capacity = capacity
    self.byteCapacity = byteCapacity
  }

  var readiness: JournalReadiness {
    switch gate {
    case .open: .ready
    case .shut(let reason): .unavailable(reason: reason)
    case .closed: .closed
    }
  }

  /// Whether so much more may come. An append of more events than the queue takes is let in when it is alone; one of more bytes never is.
  func check(events more: Int, bytes moreBytes: Int) throws(JournalError) {
    switch gate {
    case .closed: throw JournalError(.closed, "the journal is closed")
    case .shut(let reason): throw JournalError(.unavailable, reason, retryAfterSeconds: 5)
    case .open: break
    }
    guard events == 0 || events + more <= capacity, bytes + moreBytes <= byteCapacity else {
      throw JournalError(.overloaded, "the ingest queue is full", retryAfterSeconds: 1)
    }
  }

  mutating func offer(_ request: AppendRequest) throws(JournalError) -> Acceptance {
    try check(events: request.items.count, bytes: request.bytes)
    waiting.append(request)
    events += request.items.count
    bytes += request.bytes
    return wake()
  }

  /// Nil when it was dropped: volatile events only use the first half of the queue.
  mutating func offer(volatile draft: EventDraft) -> Acceptance? {
    guard case .open = gate, events + volatile.count < capacity / 2 else { return nil }
    volatile.append(draft)
    return wake()
  }

  mutating func wake() -> Acceptance {
    if isAwake { return .queued }
    isAwake = true
    return .wake
  }

  /// The next batch: whole appends up to about `limit` events. Nil sends the writer to sleep.
  mutating func take(limit: Int) -> (requests: [AppendRequest], volatile: [EventDraft])? {
    if waiting.isEmpty, volatile.isEmpty {
      isAwake = false
      return nil
    }
    var count = 0
    var end = 0
    while end < waiting.count, end == 0 || count + waiting[end].items.count <= limit {
      count += waiting[end].items.count
      bytes -= waiting[end].bytes
      end += 1
    }
    events -= count
    let requests: [AppendRequest]
    if end == waiting.count {
      requests = waiting
      waiting = []
    } else {
      requests = Array(waiting[..<end])
      waiting.removeSubrange(..<end)
    }
    defer { volatile = [] }
    return (requests, volatile)
  }

  /// Lets nothing in until `open`; hands back what waited, to be refused.
  mutating func shut(reason: String) -> [AppendRequest] {
    if case .closed = gate { return empty() }
    gate = .shut(reason: reason)
    return empty()
  }

  mutating func open() {
    if case .shut = gate { gate = .open }
  }

  /// Lets nothing in ever again; what waits is still served. False when it was closed before.
  mutating func close() -> Bool {
    if case .closed = gate { return false }
    gate = .closed
    return true
  }

  private mutating func empty() -> [AppendRequest] {
    defer {
      waiting = []
      volatile = []
      events = 0
      bytes = 0
    }
    return waiting
  }
}
