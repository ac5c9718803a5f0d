import CFaultVFS
import Foundation
import OrderedJSON
import Testing

@testable import HubStore

@Suite struct IsolationTests {
  @Test("a key that looks like an id of ours and is none is refused with a reason, each time, and leaves nothing behind")
  func foreignConversation() async throws {
    let folder = try Folder()
    let journal = try Journal(path: folder.database)
    for round in 0..<3 {
      let outcomes = try await journal.append([
        Sample.message("a\(round)"), Sample.message("g\(round)", from: "5511980000001", group: "cnv_theirs"), Sample.message("b\(round)"),
      ])
      #expect(outcomes[1] == .invalid(reason: "the tenant has no conversation cnv_theirs"))
      guard case .stored = outcomes[0], case .stored = outcomes[2] else { throw UnexpectedOutcome(outcomes[0]) }
    }
    #expect(journal.counters.invalid == 3)
    #expect(journal.counters.isolatedBatches == 0)
    #expect(journal.counters.reopened == 0)
    let page = try journal.conversations(tenant: "demo", limit: 10)
    #expect(page.count == 1)
    #expect(try number(folder, "SELECT count(*) FROM contacts") == 1)
    // One that is ours is found; a rival's is not.
    let own = try #require(page.first).id
    let read = Sample.event("conversation.read", id: "r1", [:], conversation: own)
    guard case .stored = try await journal.append([read])[0] else { throw UnexpectedOutcome(.invalid(reason: "own id")) }
    let rival = try await journal.append([Sample.event("conversation.read", id: "r1", [:], tenant: "rival", conversation: own)])
    #expect(rival == [.invalid(reason: "the tenant has no conversation \(own)")])
    try journal.close()
  }

  @Test("an event that a constraint refuses is refused by itself; its siblings are stored, also in the provider's retry")
  func constraint() async throws {
    let folder = try Folder()
    try poison(folder)
    let journal = try Journal(path: folder.database)
    let batch = [
      Sample.message("a"), Sample.status("later", "read"), Sample.message("poison", from: "5511980000001"),
      Sample.message("b", from: "5511980000001"), Sample.message("c"),
    ]
    let outcomes = try await journal.append(batch)
    #expect([outcomes[0], outcomes[1], outcomes[3], outcomes[4]] == [2, 3, 5, 6].map { .stored(sequence: $0) })
    guard case .invalid(let reason) = outcomes[2] else { throw UnexpectedOutcome(outcomes[2]) }
    #expect(reason.contains("poisoned"))
    let retry = try await journal.append(batch)
    #expect([retry[0], retry[1], retry[3], retry[4]] == [2, 3, 5, 6].map { .duplicate(sequence: $0) })
    guard case .invalid = retry[2] else { throw UnexpectedOutcome(retry[2]) }
    let counters = journal.counters
    #expect(counters.isolatedBatches == 2)
    #expect(counters.invalid == 2)
    #expect(counters.appended == 6)
    #expect(counters.failedBatches == 0)
    #expect(counters.reopened == 0)
    // What the refused event had written before it failed is gone: the rows have no gap and no event tells of it.
    let events = try journal.all()
    #expect(events.map(\.sequence) == Array(1...6))
    #expect(!events.contains { $0.text.contains("poison") })
    #expect(events[3].kind == "conversation.created")
    #expect(events[4].json["conversation"]?["unreadCount"]?.int64 == 1)
    #expect(events[5].json["conversation"]?["unreadCount"]?.int64 == 2)
    // The status that came before its message still waits for it.
    try await journal.store(Sample.message("later", direction: "outbound", status: "sent"))
    #expect(try journal.all().last?.json["message"]?["status"]?.string == "read")
    try journal.close()
  }

  @Test("a disk that fails while a batch is done again event by event acknowledges nobody")
  func failingDisk() async throws {
    let folder = try Folder()
    let disk = FaultDisk(folder.path + "/data")
    try poison(folder)
    let journal = try Journal(path: folder.database)
    let batch = [Sample.message("a"), Sample.message("poison"), Sample.message("b")]
    disk.fail(.sync, code: FaultDisk.ioErrorSync, count: 1)
    let refusal = await #expect(throws: JournalError.self) { try await journal.append(batch) }
    #expect(refusal?.code == .unavailable)
    #expect(journal.counters.failedBatches == 1)
    #expect(journal.counters.isolatedBatches == 0)
    #expect(journal.counters.reopened == 1)
    let retry = try await journal.append(batch)
    guard case .invalid = retry[1] else { throw UnexpectedOutcome(retry[1]) }
    #expect(try journal.all().map(\.providerID).dropFirst() == ["a", "b"])
    try journal.close()
  }

  @Test("a taken primary key is the journal's mistake and no event's: the batch fails and the file is read again")
  func takenSequence() async throws {
    let folder = try Folder()
    let journal = try Journal(path: folder.database)
    try await journal.store(Sample.message("a"))
    try execute(
      folder,
      """
      INSERT INTO events SELECT 3, source, 'system', 'x', id, conversation, cause, time_ms, received_ms, journaled_ms, checksum, body
      FROM events WHERE sequence = 2
      """)
    let refusal = await #expect(throws: JournalError.self) { try await journal.append([Sample.message("b")]) }
    #expect(refusal?.code == .unavailable)
    #expect(journal.counters.reopened == 1)
    #expect(try await journal.append([Sample.message("b")]) == [.stored(sequence: 4)])
    try journal.close()
  }

  /// A file that refuses one event, after its rows in `events` and before the end.
  private func poison(_ folder: Folder) throws {
    try Journal(path: folder.database).close()
    try execute(
      folder,
      """
      CREATE TRIGGER poison BEFORE INSERT ON messages
      WHEN (SELECT event_id FROM events WHERE sequence = NEW.number) = 'poison' BEGIN SELECT RAISE(ABORT, 'poisoned'); END
      """)
  }

  private func execute(_ folder: Folder, _ sql: String) throws {
    let connection = try #require(fault_plain_open(folder.database))
    defer { fault_plain_close(connection) }
    try SQLStatement.execute(connection, sql)
  }

  private func number(_ folder: Folder, _ sql: String) throws -> Int64? {
    let connection = try #require(fault_plain_open(folder.database))
    defer { fault_plain_close(connection) }
    return try SQLStatement.number(connection, sql)
  }
}
