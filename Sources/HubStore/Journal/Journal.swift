internal import Dispatch
internal import HubModel
internal import Synchronization

/// The append-only, synced table of events with its projections and cursors, on SQLite.
///
/// One writer drains a bounded queue: one transaction and one sync per batch, then everyone who waited is answered. An event answered
/// `stored` or `duplicate` is on disk. If a commit or its sync fails nobody of that batch is acknowledged, the file is opened anew, and
/// until that works appends are refused with `unavailable`.
public final class Journal: Sendable {
  let path: String
  let options: JournalOptions
  let queue = DispatchQueue(label: "journal")
  let ingress: Mutex<Ingress>
  let outboxQueue = Mutex(OutboxQueue(capacity: 4096))
  let counted = Mutex(JournalCounters())
  let shared = Mutex(Shared())
  let engine: Engine

  /// What readers and the writer both look at.
  struct Shared {
    var storage: Storage?
    /// Held from open to close.
    var lock: FileLock?
    var head: UInt64 = 0
    /// Everything up to here has lost its body to retention.
    var purgedThrough: UInt64 = 0
    var subscribers: [Int: Subscriber] = [:]
    var nextSubscriber = 0
    var cursors: [String: UInt64] = [:]
    var unsavedCursors: Set<String> = []
    var cursorTimerRuns = false
  }

  struct Subscriber: Sendable {
    let committed: @Sendable ([StoredEvent]) -> Void
    let volatile: @Sendable (StoredEvent) -> Void
    let outbox: @Sendable (OutboxNews) -> Void
  }

  /// The writer's side of the journal.
  // @unchecked: touched only on the journal's queue, and by init and before anything was queued.
  final class Engine: @unchecked Sendable {
    /// Nil while the file cannot be opened.
    var writer: Writer?
    /// The newest event that subscribers were given.
    var published: UInt64 = 0
    var isClosed = false
    var echoes = EarlyEchoes()
  }

  /// Opens or creates the journal at a path. The folder is created 0700, the file 0600.
  ///
  /// - Throws: `JournalError`: already open, newer version, not synchronous, storage.
  public init(path: String, options: JournalOptions = JournalOptions()) throws {
    self.path = path
    self.options = options
    ingress = Mutex(Ingress(capacity: options.queueCapacity, byteCapacity: options.queueBytes))
    engine = Engine()
    do {
      try DatabaseFile.prepare(path)
      let lock = try FileLock(path: path)
      let storage = try Storage(path: path, options: options)
      let writer = try Writer(storage, options: options)
      engine.writer = writer
      engine.published = writer.projector.head
      let (cursors, purged) = try storage.read { (try Self.readCursors($0), try Self.readPurged($0)) }
      shared.withLock {
        $0.lock = lock
        $0.storage = storage
        $0.head = writer.projector.head
        $0.cursors = cursors
        $0.purgedThrough = purged
      }
    } catch {
      throw Self.journalError(error)
    }
    schedulePurge()
  }

  /// Queues events to be stored together, in this order, in one transaction. Only an echo that came before the answer to the message which
  /// it may be of is stored after the others.
  ///
  /// The completion is called once, on the writer's queue, after the sync or after the failure; it must not block. One outcome per
  /// event, in order; `unavailable` when nothing was stored.
  ///
  /// - Throws: `overloaded`, `unavailable`, `closed` right away; the completion is not called then.
  public func append(
    _ events: [IncomingEvent], completion: @escaping @Sendable (Result<[AppendOutcome], JournalError>) -> Void
  ) throws(JournalError) {
    let bytes = events.reduce(0) { $0 + $1.body.count }
    do {
      // Before the parsing, so that an overloaded hub does not work for what it refuses.
      try ingress.withLock { ingress throws(JournalError) in try ingress.check(events: events.count, bytes: bytes) }
      let request = AppendRequest(items: events.map(item), bytes: bytes, completion: completion)
      let acceptance = try ingress.withLock { ingress throws(JournalError) in try ingress.offer(request) }
      if acceptance == .wake { queue.async { self.drain() } }
    } catch {
      counted.withLock { $0.refused += events.count }
      throw error
    }
  }

  /// Stores events together; returns when they are synced.
  public func append(_ events: [IncomingEvent]) async throws -> [AppendOutcome] {
    try await withCheckedThrowingContinuation { continuation in
      do {
        try append(events) { continuation.resume(with: $0.mapError { $0 as any Error }) }
      } catch {
        continuation.resume(throwing: error)
      }
    }
  }

  /// Runs something on the writer's queue when what it does now is done: for a completion, when all of its batch have been called.
  @Sendable public func afterBatch(_ work: @escaping @Sendable () -> Void) { queue.async(execute: work) }

  private func item(_ event: IncomingEvent) -> AppendRequest.Item {
    do {
      let draft = try EventDraft(event, options: options)
      if draft.kind.isVolatile { return .invalid("\(event.kind) is volatile and never stored") }
      return .draft(draft)
    } catch {
      return .invalid(error.reason)
    }
  }

  /// Passes a volatile event to the subscribers without storing it. Dropped, and counted, when the hub is busy or the event's
  /// conversation is not known.
  public func route(volatile event: IncomingEvent) {
    guard let draft = try? EventDraft(event, options: options), draft.kind.isVolatile,
      let acceptance = ingress.withLock({ $0.offer(volatile: draft) })
    else {
      counted.withLock { $0.volatileDropped += 1 }
      return
    }
    if acceptance == .wake { queue.async { self.drain() } }
  }

  /// Whether events are taken now.
  public var readiness: JournalReadiness { ingress.withLock { $0.readiness } }

  /// Events that wait for the writer.
  public var queued: Int { ingress.withLock { $0.events } }

  /// What was done since the journal was opened.
  public var counters: JournalCounters { counted.withLock { $0 } }

  /// The sequence of the newest committed event; 0 when there is none.
  public var head: UInt64 { shared.withLock { $0.head } }

  /// What the live writing connection answers to `PRAGMA synchronous`; 2 is FULL.
  public func synchronousLevel() throws -> Int { try reading { try $0.synchronousLevel() } }

  func reading<Value>(_ body: (Storage) throws -> Value) throws -> Value {
    guard let storage = shared.withLock({ $0.storage }) else { throw JournalError(.unavailable, "the journal is not open") }
    do {
      return try body(storage)
    } catch {
      throw Self.journalError(error)
    }
  }

  static func journalError(_ error: any Error) -> JournalError {
    error as? JournalError ?? JournalError(.storage, "\(error)")
  }
}
