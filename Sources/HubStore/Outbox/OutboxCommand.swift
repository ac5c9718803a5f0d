/// Something to do to the outbox, and whom to tell once it is synced.
enum OutboxCommand: Sendable {
  typealias Told<Value> = @Sendable (Result<Value, JournalError>) -> Void

  case accept(OutboundSend, Told<SendAcceptance>)
  case read(ReadMark, Told<OutboxTicket?>)
  case begin(Int64, attempt: Int, Told<AttemptStart>)
  case settle(Int64, attempt: Int, SendOutcome, Told<Void>)
  case bury(Int64, OutboxDeath, code: String, text: String, Told<Void>)
  case revive([String], Told<[OutboxTicket]>)
  case drop([String], Told<[String]>)
  /// With `recovers`, what was in flight has an unknown fate from now on.
  case open(recovers: Bool, Told<[OutboxTicket]>)

  /// Tells that nothing was done.
  func fail(_ error: JournalError) {
    switch self {
    case .accept(_, let told): told(.failure(error))
    case .read(_, let told): told(.failure(error))
    case .begin(_, _, let told): told(.failure(error))
    case .settle(_, _, _, let told): told(.failure(error))
    case .bury(_, _, _, _, let told): told(.failure(error))
    case .revive(_, let told): told(.failure(error))
    case .drop(_, let told): told(.failure(error))
    case .open(_, let told): told(.failure(error))
    }
  }
}

/// The commands that wait for the writer.
struct OutboxQueue {
  /// More messages than this are refused; what the lanes say is always taken, there is never more of it than messages.
  private let capacity: Int
  private var waiting: [OutboxCommand] = []
  private var isAwake = false
  private var isClosed = false

  init(capacity: Int) { self.capacity = capacity }

  /// Whether the writer has to be woken.
  mutating func offer(_ command: OutboxCommand) throws(JournalError) -> Bool {
    guard !isClosed else { throw JournalError(.closed, "the journal is closed") }
    switch command {
    case .accept, .read:
      guard waiting.count < capacity else { throw JournalError(.overloaded, "too many messages wait to be stored", retryAfterSeconds: 1) }
    case .begin, .settle, .bury, .revive, .drop, .open: break
    }
    waiting.append(command)
    defer { isAwake = true }
    return !isAwake
  }

  /// Everything that waits; empty sends the writer to sleep.
  mutating func take(limit: Int) -> [OutboxCommand] {
    if waiting.isEmpty { isAwake = false }
    let batch = Array(waiting.prefix(limit))
    waiting.removeFirst(batch.count)
    return batch
  }

  /// Takes nothing more.
  mutating func close() { isClosed = true }
}
