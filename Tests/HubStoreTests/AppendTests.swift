import Dispatch
import Foundation
import HubStore
import HubTesting
import OrderedJSON
import Synchronization
import Testing

@Suite struct AppendTests {
  @Test("an event is stored once and a redelivery names its place")
  func redelivery() async throws {
    let folder = try Folder()
    let journal = try Journal(path: folder.database)
    let first = try await journal.store(Sample.message("m1"))
    let again = try await journal.store(Sample.message("m1", text: "other words, same id"))
    #expect(first == [.stored(sequence: 2)])
    #expect(again == [.duplicate(sequence: 2)])
    #expect(try journal.all().map(\.kind) == ["conversation.created", "message.created"])
    #expect(journal.counters.duplicates == 1)
    try journal.close()
  }

  @Test("the same id of another kind, account or tenant is another event")
  func dedupeKey() async throws {
    let folder = try Folder()
    let journal = try Journal(path: folder.database)
    let outcomes = try await journal.store(
      Sample.message("m1"), Sample.message("m1", account: "other"), Sample.message("m1", tenant: "rival"),
      Sample.event("system", id: "m1", ["system": [:]]))
    #expect(outcomes.allSatisfy { if case .stored = $0 { true } else { false } })
    try journal.close()
  }

  @Test("case10_ the same event 100 times over 8 appenders makes one row and one message")
  func concurrentRedelivery() async throws {
    let folder = try Folder()
    let journal = try Journal(path: folder.database)
    let outcomes = try await withThrowingTaskGroup(of: [AppendOutcome].self) { group in
      for _ in 0..<8 {
        group.addTask {
          var outcomes: [AppendOutcome] = []
          for _ in 0..<13 { outcomes += try await journal.append([Sample.message("same")]) }
          return outcomes
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(outcomes.count == 104)
    #expect(outcomes.filter { $0 == .stored(sequence: 2) }.count == 1)
    #expect(outcomes.filter { $0 == .duplicate(sequence: 2) }.count == 103)
    #expect(journal.head == 2)
    #expect(journal.counters.duplicates == 103)
    try journal.close()
  }

  @Test(
    "an event that can never be stored does not hurt its siblings",
    arguments: [
      ("message.created", "{"), ("message.created", "[]"), ("message.created", "{}"), ("message.created", #"{"message":7}"#),
      ("message.created", #"{"contact":{"phone":"5511"},"message":{"providerMessageId":"x","type":"text"}}"#),
      ("message.created", #"{"contact":{"phone":"5511"},"message":{"direction":"inbound","type":"text"}}"#),
      ("message.status", #"{"status":{"status":"read"}}"#), ("no.such.kind", "{}"), ("typing", "{}"),
    ])
  func invalid(_ kind: String, _ body: String) async throws {
    let folder = try Folder()
    let journal = try Journal(path: folder.database)
    var bad = Sample.message("bad")
    (bad.kind, bad.body) = (kind, Array(body.utf8))
    bad.conversation = ""
    let outcomes = try await journal.append([Sample.message("m1"), bad, Sample.message("m2")])
    #expect(outcomes[0] == .stored(sequence: 2))
    guard case .invalid = outcomes[1] else { throw UnexpectedOutcome(outcomes[1]) }
    #expect(outcomes[2] == .stored(sequence: 3))
    #expect(journal.counters.invalid == 1)
    try journal.close()
  }

  @Test("subscribers are given every committed event once and in order")
  func subscription() async throws {
    let folder = try Folder()
    let journal = try Journal(path: folder.database)
    let seen = Mutex<[StoredEvent]>([])
    let subscription = journal.subscribe { events in seen.withLock { $0 += events } }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for appender in 0..<8 {
        group.addTask {
          for number in 0..<25 { try await journal.store(Sample.message("\(appender)-\(number)", from: "551199\(appender)")) }
        }
      }
      try await group.waitForAll()
    }
    // A batch's waiters are answered before its subscribers are told.
    try journal.checkpoint()
    subscription.cancel()
    try await journal.store(Sample.message("after"))
    let told = seen.withLock { $0 }
    #expect(told.map(\.sequence) == Array(1...208))
    #expect(told == Array(try journal.all().prefix(208)))
    try journal.close()
  }

  @Test("a full queue refuses at once and takes nothing")
  func overload() async throws {
    let folder = try Folder()
    var options = JournalOptions()
    options.queueCapacity = 10
    let journal = try Journal(path: folder.database, options: options)
    let (gate, done) = (DispatchSemaphore(value: 0), Mailbox<Void>())
    // Holds up the journal's own thread.
    try journal.append([Sample.message("first")]) { _ in
      done.put(())
      gate.wait()
    }
    await done.next()
    for number in 0..<10 { try journal.append([Sample.message("q\(number)")]) { _ in done.put(()) } }
    #expect(throws: JournalError.self) { try journal.append([Sample.message("over")]) { _ in Issue.record("must not be called") } }
    gate.signal()
    for _ in 0..<10 { await done.next() }
    #expect(journal.counters.refused == 1)
    #expect(journal.counters.appended == 12)
    try journal.close()
  }

  @Test("typing is routed to subscribers with its conversation and never stored")
  func volatile() async throws {
    let folder = try Folder()
    let journal = try Journal(path: folder.database)
    let seen = Mutex<[StoredEvent]>([])
    let subscription = journal.subscribe(committed: { _ in }, volatile: { event in seen.withLock { $0.append(event) } })
    try await journal.store(Sample.message("m1"))
    let typing: JSONValue = ["typing": ["isTyping": true]]
    journal.route(volatile: Sample.event("typing", id: "t1", typing, conversation: "5511991230001"))
    journal.route(volatile: Sample.event("typing", id: "t2", typing, conversation: "5500000000000"))
    journal.route(volatile: Sample.message("m2"))
    try journal.close()
    let told = seen.withLock { $0 }
    #expect(told.map(\.providerID) == ["t1"])
    #expect(told.first?.sequence == 0)
    #expect(told.first?.conversation.hasPrefix("cnv_") == true)
    #expect(told.first?.json["typing"]?["isTyping"]?.bool == true)
    #expect(journal.counters.volatileDropped == 2)
    #expect(journal.head == 2)
    subscription.cancel()
  }

  @Test("closing serves what waits, and refuses afterwards")
  func closing() throws {
    let folder = try Folder()
    let journal = try Journal(path: folder.database)
    let stored = Mutex(0)
    for number in 0..<300 { try journal.append([Sample.message("m\(number)")]) { if case .success = $0 { stored.withLock { $0 += 1 } } } }
    try journal.close()
    #expect(stored.withLock { $0 } == 300)
    #expect(throws: JournalError.self) { try journal.append([Sample.message("late")]) { _ in } }
    let log = try FileManager.default.attributesOfItem(atPath: folder.database)[.size] as? Int ?? 0
    #expect(log > 0)
    let left = (try? FileManager.default.attributesOfItem(atPath: folder.database + "-wal")[.size] as? Int) ?? 0
    #expect(left == 0)
    #expect(try Journal(path: folder.database).all().count == 301)
  }

  @Test("the folder is for the owner only, so are the files, and a second opener is refused")
  func modes() async throws {
    let folder = try Folder()
    let journal = try Journal(path: folder.database)
    try await journal.store(Sample.message("m1"))
    func mode(_ path: String) throws -> Int { try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int ?? 0 }
    #expect(try mode(folder.path + "/data") == 0o700)
    for suffix in ["", "-wal", "-shm", ".lock"] { #expect(try mode(folder.database + suffix) == 0o600) }
    let refusal = #expect(throws: JournalError.self) { try Journal(path: folder.database) }
    #expect(refusal?.code == .alreadyOpen)
    try journal.close()
  }

  @Test("a cursor moves forward only, never beyond the head, and survives")
  func cursors() async throws {
    let folder = try Folder()
    var journal = try Journal(path: folder.database)
    try await journal.store(Sample.message("m1"), Sample.message("m2"))
    #expect(journal.cursor(of: "frontend") == 0)
    journal.advance("frontend", to: 2)
    journal.advance("frontend", to: 1)
    journal.advance("stats", to: 999)
    try journal.close()
    journal = try Journal(path: folder.database)
    #expect(journal.cursor(of: "frontend") == 2)
    #expect(journal.cursor(of: "stats") == 3)
    try journal.forgetCursor(of: "stats")
    try journal.close()
    journal = try Journal(path: folder.database)
    #expect(journal.cursors == ["frontend": 2])
    try journal.close()
  }
}

struct UnexpectedOutcome: Error {
  let outcome: AppendOutcome
  init(_ outcome: AppendOutcome) { self.outcome = outcome }
}
