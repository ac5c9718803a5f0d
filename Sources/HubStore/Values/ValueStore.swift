internal import Dispatch
internal import GRDBSQLite
internal import Synchronization

/// Small values that adapters keep, each owner's to itself, in a file of their own: what an adapter notes down never waits for the journal,
/// nor the journal for it.
///
/// Operations are done one after another, in the order they came, on a queue of the store's own; those that wait are written with one sync.
public final class ValueStore: Sendable {
  /// What is too much.
  public struct Limits: Sendable {
    /// Bytes of a key.
    public var key = 512
    /// Bytes of a value.
    public var value = 64 << 10
    /// Bytes of keys and values of one owner.
    public var total = 16 << 20
    /// Operations that wait.
    public var waiting = 4096

    /// The defaults.
    public init() {}
  }

  /// Why an operation came to nothing.
  public enum Failure: String, Error, Sendable {
    /// The key is empty, or key or value are too long.
    case invalid
    /// The owner has no room left.
    case full
    /// Too many operations wait.
    case busy
    /// The file can't be read or written.
    case unavailable
    /// The store was closed.
    case closed
  }

  /// How an operation ended: the value of a `get` that found one.
  public typealias Answer = @Sendable (Result<[UInt8]?, Failure>) -> Void

  enum Operation: Sendable {
    case get
    /// `until`: Unix milliseconds after which it is gone.
    case put([UInt8], until: Int64?)
    case remove
  }

  struct Request: Sendable {
    let owner: String
    let key: [UInt8]
    let operation: Operation
    let answer: Answer
  }

  private struct State {
    var waiting: [Request] = []
    var isDraining = false
    var isClosed = false
  }

  /// The largest of everything.
  public let limits: Limits
  private let now: @Sendable () -> Int64
  private let queue = DispatchQueue(label: "values")
  private let state = Mutex(State())
  private let table: Table

  // @unchecked: touched only on the queue, and by init.
  private final class Table: @unchecked Sendable {
    var file: ValueFile?
    init(_ file: ValueFile) { self.file = file }
  }

  /// Opens or creates the file at a path, with mode 0600.
  ///
  /// - Parameter now: Unix milliseconds.
  /// - Throws: `JournalError`: newer version, not synchronous, storage.
  public init(path: String, limits: Limits = Limits(), now: @escaping @Sendable () -> Int64 = SystemClock.now) throws {
    self.limits = limits
    self.now = now
    do {
      table = Table(try ValueFile(path: path))
    } catch {
      throw Journal.journalError(error)
    }
  }

  /// Looks a value up. The answer comes on the store's queue and must not block it.
  public func get(_ key: [UInt8], of owner: String, answer: @escaping Answer) { add(key, of: owner, .get, answer) }

  /// Keeps a value, for ever or for some milliseconds; answered once it is synced to disk.
  public func put(_ value: [UInt8], for key: [UInt8], of owner: String, lifetime: Int64? = nil, answer: @escaping Answer) {
    guard value.count <= limits.value else { return answer(.failure(.invalid)) }
    add(key, of: owner, .put(value, until: lifetime.map { now() &+ $0 }), answer)
  }

  /// Forgets a value, whether or not it was there; answered once that is synced to disk.
  public func remove(_ key: [UInt8], of owner: String, answer: @escaping Answer) { add(key, of: owner, .remove, answer) }

  /// Does what waits and closes the file.
  public func close() {
    queue.sync {
      drain()
      state.withLock { $0.isClosed = true }
      drain()
      table.file = nil
    }
  }

  private func add(_ key: [UInt8], of owner: String, _ operation: Operation, _ answer: @escaping Answer) {
    guard !key.isEmpty, key.count <= limits.key else { return answer(.failure(.invalid)) }
    let refusal = state.withLock { state -> (Failure?, wakes: Bool) in
      if state.isClosed { return (.closed, false) }
      guard state.waiting.count < limits.waiting else { return (.busy, false) }
      state.waiting.append(Request(owner: owner, key: key, operation: operation, answer: answer))
      defer { state.isDraining = true }
      return (nil, !state.isDraining)
    }
    if let failure = refusal.0 { return answer(.failure(failure)) }
    if refusal.wakes { queue.async { self.drain() } }
  }

  /// Does what waits, and what comes meanwhile.
  private func drain() {
    while true {
      let batch = state.withLock { state in
        defer { state.waiting = [] }
        state.isDraining = !state.waiting.isEmpty
        return state.waiting
      }
      if batch.isEmpty { return }
      let answers = (try? table.file?.perform(batch, limits: limits, now: now())) ?? batch.map { _ in .failure(.unavailable) }
      for (request, answer) in zip(batch, answers) { request.answer(answer) }
    }
  }
}
