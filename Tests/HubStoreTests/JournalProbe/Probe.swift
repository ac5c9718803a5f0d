import Dispatch
import HubStore
import OrderedJSON
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A text message as the meta-cloud channel hands it over.
func sampleEvent(_ id: String, conversation: Int, timeMs: Int64) -> IncomingEvent {
  let phone = "55119\(10_000_000 + conversation)"
  let body = """
    {"contact":{"phone":"\(phone)","userId":null,"name":"Marina Prado"},"message":{"providerMessageId":"\(id)","direction":"inbound",\
    "type":"text","text":"Bom dia! Vocês abrem no sábado? Preciso trocar o óleo e ver um barulho na roda.","timestamp":\
    "2026-01-05T12:00:00.000Z","replyTo":null,"forwarded":false,"origin":"realtime"},"raw":null}
    """
  return IncomingEvent(
    tenant: "demo", channel: "meta-main", provider: "meta", account: "118273645509812", kind: "message.created", id: id,
    conversation: phone, cause: "01JH3V9Q6W4M8Z2K7R5T0XABCD", timeMs: timeMs, receivedMs: timeMs, body: Array(body.utf8))
}

/// Keeps `appenders` appends of one event under way until `count` are done.
final class Load: Sendable {
  private let journal: Journal
  private let count: Int
  private let makeEvent: @Sendable (Int) -> IncomingEvent
  private let acknowledged: @Sendable (Int) -> Void
  private let next = Mutex(0)
  private let done = DispatchSemaphore(value: 0)

  init(
    _ journal: Journal, count: Int, makeEvent: @escaping @Sendable (Int) -> IncomingEvent, acknowledged: @escaping @Sendable (Int) -> Void
  ) {
    self.journal = journal
    self.count = count
    self.makeEvent = makeEvent
    self.acknowledged = acknowledged
  }

  func run(appenders: Int) {
    for _ in 0..<appenders { step() }
    for _ in 0..<appenders { done.wait() }
  }

  private func step() {
    let number = next.withLock { next in
      defer { next += 1 }
      return next
    }
    guard number < count else {
      done.signal()
      return
    }
    do {
      try journal.append([makeEvent(number)]) { result in
        if case .success(let outcomes) = result, case .stored? = outcomes.first { self.acknowledged(number) }
        self.step()
      }
    } catch {
      done.signal()
    }
  }
}

func appendMany(path: String, prefix: String, count: Int, appenders: Int) throws {
  let journal = try Journal(path: path)
  let load = Load(
    journal, count: count, makeEvent: { sampleEvent("\(prefix)\($0)", conversation: $0 % 50, timeMs: 1_767_625_200_000 + Int64($0)) },
    acknowledged: { number in
      // One write, so that a kill leaves whole lines.
      let line = Array("\(prefix)\(number)\n".utf8)
      _ = write(1, line, line.count)
    })
  load.run(appenders: appenders)
  try journal.close()
}

func appendOnceAndDie(path: String, id: String) throws {
  let journal = try Journal(path: path)
  try journal.append([sampleEvent(id, conversation: 1, timeMs: 1_767_625_200_000)]) { _ in kill(getpid(), SIGKILL) }
  while true { pause() }
}

func sendAndDie(path: String) throws {
  let journal = try Journal(path: path)
  let send = OutboundSend(
    tenant: "demo", channel: "meta-main", provider: "meta", account: "acc", target: .phone("5511991230001"),
    message: ["type": "text", "text": "oi"])
  journal.accept(send) { result in
    guard case .success(.accepted(let accepted)) = result, let ticket = accepted.ticket else { exit(1) }
    // The channel would be called here.
    journal.beginAttempt(ticket.number, 1) { _ in kill(getpid(), SIGKILL) }
  }
  while true { pause() }
}

func migrateAndDie(path: String, statement: Int) throws {
  try JournalMigration.run(path: path) { number in
    if number == statement { kill(getpid(), SIGKILL) }
  }
}

func benchmark(path: String, count: Int, appenders: Int) throws {
  let journal = try Journal(path: path)
  let load = Load(
    journal, count: count,
    makeEvent: {
      let number = String(UInt64($0) &* 0x9E37_79B9_7F4A_7C15, radix: 36)
      return sampleEvent(
        "wamid.HBgNNTUxMTk5MTIzMDAwMRUCABIYFEE0QzEyM0IxNjEy\(number)==", conversation: $0 % 50, timeMs: 1_767_625_200_000 + Int64($0))
    }, acknowledged: { _ in })
  var (start, end) = (timespec(), timespec())
  clock_gettime(CLOCK_MONOTONIC, &start)
  load.run(appenders: appenders)
  clock_gettime(CLOCK_MONOTONIC, &end)
  let seconds = Double(end.tv_sec - start.tv_sec) + Double(end.tv_nsec - start.tv_nsec) / 1e9
  let counters = journal.counters
  print(
    "\(Int(Double(count) / seconds)) events/s, \(counters.batches) batches, \(counters.appended / max(1, counters.batches)) rows per batch")
  try journal.close()
}

func timeReading(path: String) throws {
  func time<Value>(_ what: String, _ body: () throws -> Value) rethrows -> Value {
    let start = ContinuousClock.now
    let value = try body()
    print("\(what): \((ContinuousClock.now - start) / .microseconds(1)) us")
    return value
  }
  let journal = try time("open") { try Journal(path: path) }
  let head = journal.head
  print("head: \(head)")
  for round in ["cold", "warm"] {
    let conversations = try time("50 conversations, \(round)") { try journal.conversations(tenant: "demo", limit: 50) }
    guard let conversation = conversations.first else { break }
    _ = try time("50 messages, \(round)") { try journal.messages(conversation: conversation.id, tenant: "demo", limit: 50) }
    _ = try time("100 events in the middle, \(round)") { try journal.events(after: head / 2, limit: 100) }
    _ = try time("100 events of a tenant, \(round)") { try journal.events(after: head / 2, limit: 100, tenant: "demo") }
  }
  try journal.close()
}
