import CFaultVFS
import Foundation
import HubModel
import HubTesting
import OrderedJSON
import Testing

@testable import HubStore

@Suite struct FaultCases {
  @Test("case04_ the live writer reports synchronous FULL and syncs the log at least once per batch, also after it was opened again")
  func synchronous() async throws {
    let folder = try Folder()
    let disk = FaultDisk(folder.path + "/data")
    let journal = try Journal(path: folder.database)
    #expect(try journal.synchronousLevel() == 2)
    let before = disk.logSyncs
    for number in 0..<30 { try await journal.store(Sample.message("m\(number)")) }
    #expect(journal.counters.batches == 30)
    #expect(disk.logSyncs - before >= 30)
    disk.fail(.sync, code: FaultDisk.ioErrorSync, count: 1)
    await #expect(throws: JournalError.self) { try await journal.store(Sample.message("lost")) }
    #expect(journal.counters.reopened == 1)
    #expect(try journal.synchronousLevel() == 2)
    try journal.close()
  }

  @Test("case04_ a writer that does not sync every commit is refused")
  func notSynchronous() throws {
    let folder = try Folder()
    let connection = try #require(fault_plain_open(folder.path + "/plain.sqlite"))
    defer { fault_plain_close(connection) }
    try SQLStatement.execute(connection, "PRAGMA journal_mode = WAL")
    for level in ["OFF", "NORMAL"] {
      try SQLStatement.execute(connection, "PRAGMA synchronous = \(level)")
      let refusal = #expect(throws: JournalError.self) { try Storage.requireFullSync(connection) }
      #expect(refusal?.code == .notSynchronous)
    }
  }

  @Test("case06_ a full disk refuses, tells readiness, loses nothing acknowledged and recovers by itself")
  func diskFull() async throws {
    let folder = try Folder()
    let disk = FaultDisk(folder.path + "/data")
    var options = JournalOptions()
    options.probeMs = 50
    let journal = try Journal(path: folder.database, options: options)
    try await journal.store(Sample.message("before"))
    disk.fail(.write, code: FaultDisk.full)
    let refusal = await #expect(throws: JournalError.self) { try await journal.store(Sample.message("during")) }
    #expect(refusal?.code == .unavailable)
    #expect(refusal?.retryAfterSeconds != nil)
    #expect(journal.readiness == .unavailable(reason: "the disk is full"))
    let next = await #expect(throws: JournalError.self) { try await journal.store(Sample.message("during2")) }
    #expect(next?.code == .unavailable)
    #expect(try journal.all().map(\.providerID).last == "before")
    disk.heal()
    try await becomesReady(journal)
    #expect(try await journal.store(Sample.message("during")) == [.stored(sequence: 3)])
    #expect(journal.counters.reopened == 0)
    try journal.close()
    #expect(try Journal(path: folder.database).all().map(\.providerID).dropFirst() == ["before", "during"])
  }

  @Test(
    "case07_ a failed write or sync acknowledges nobody, and the journal opens again from disk",
    arguments: [(FaultDisk.Operation.write, FaultDisk.ioErrorWrite), (.sync, FaultDisk.ioErrorSync)])
  func ioError(_ operation: FaultDisk.Operation, _ code: Int32) async throws {
    let folder = try Folder()
    let disk = FaultDisk(folder.path + "/data")
    let journal = try Journal(path: folder.database)
    let told = journal.subscribe { _ in }
    try await journal.store(Sample.message("before"))
    disk.fail(operation, code: code, count: 1)
    let refusal = await #expect(throws: JournalError.self) { try await journal.append([Sample.message("a"), Sample.message("b")]) }
    #expect(refusal?.code == .unavailable)
    #expect(journal.counters.failedBatches == 1)
    #expect(journal.counters.failed == 2)
    #expect(journal.counters.reopened == 1)
    #expect(journal.readiness == .ready)
    // The retry is stored or found; either way it is there once.
    _ = try await journal.append([Sample.message("a"), Sample.message("b")])
    #expect(try journal.all().map(\.providerID).dropFirst() == ["before", "a", "b"])
    told.cancel()
    try journal.close()
  }

  @Test("case07_ while the file cannot be opened appends are refused, and it goes on by itself when it can")
  func openFails() async throws {
    let folder = try Folder()
    let disk = FaultDisk(folder.path + "/data")
    var options = JournalOptions()
    options.probeMs = 50
    let journal = try Journal(path: folder.database, options: options)
    try await journal.store(Sample.message("before"))
    disk.fail(.open, code: FaultDisk.cannotOpen)
    disk.fail(.sync, code: FaultDisk.ioErrorSync)
    await #expect(throws: JournalError.self) { try await journal.store(Sample.message("a")) }
    #expect(journal.readiness != .ready)
    let refusal = await #expect(throws: JournalError.self) { try await journal.store(Sample.message("a")) }
    #expect(refusal?.code == .unavailable)
    disk.heal()
    try await becomesReady(journal)
    try await journal.store(Sample.message("a"))
    #expect(try journal.all().map(\.providerID).dropFirst() == ["before", "a"])
    try journal.close()
  }

  @Test("case07_ a file that cannot be opened at start is an error, not a crash")
  func startFails() throws {
    let folder = try Folder()
    let disk = FaultDisk(folder.path + "/data")
    disk.fail(.open, code: FaultDisk.cannotOpen)
    #expect(throws: JournalError.self) { try Journal(path: folder.database) }
    withExtendedLifetime(disk) {}
  }

  @Test("case08_ a file of a newer version is refused in plain words and left alone")
  func newerVersion() throws {
    let folder = try Folder()
    try Journal(path: folder.database).close()
    let connection = try #require(fault_plain_open(folder.database))
    try SQLStatement.execute(connection, "PRAGMA user_version = 99")
    fault_plain_close(connection)
    let refusal = #expect(throws: JournalError.self) { try Journal(path: folder.database) }
    #expect(refusal?.code == .newerVersion)
    #expect(refusal?.message.contains("newer hub") == true)
  }

  @Test("case09_ steps of the wall clock change neither order nor delivery")
  func clockSteps() async throws {
    let folder = try Folder()
    let clock = ManualClock()
    let journal = try Journal(path: folder.database, options: clock.options)
    var number = 0
    for step in [0, 3_600_000, -7_200_000, 3_600_000, -1000, 1000] as [Int64] {
      clock.advance(step)
      for _ in 0..<3 {
        number += 1
        try await journal.store(Sample.message("m\(number)", timeMs: clock.now))
      }
    }
    let events = try journal.all()
    #expect(events.map(\.sequence) == Array(1...19))
    #expect(events.dropFirst().map(\.providerID) == (1...18).map { "m\($0)" })
    #expect(events.map(\.journaledMs) != events.map(\.journaledMs).sorted())
    var newest: Int64 = 0
    for event in events.dropFirst() {
      let at = event.json["conversation"]?["lastMessageAt"]?.string
      newest = max(newest, event.timeMs)
      #expect(at == Timestamp(milliseconds: newest).iso8601)
    }
    journal.advance("sink", to: 10)
    #expect(try journal.events(after: 10, limit: 100).first?.sequence == 11)
    try journal.close()
  }

  /// Polls: readiness is a state that the hub's health page asks for, not an event.
  private func becomesReady(_ journal: Journal) async throws {
    let start = ContinuousClock.now
    while journal.readiness != .ready {
      try #require(ContinuousClock.now - start < .seconds(5), "the journal did not recover within 5 s")
      try await Task.sleep(for: .milliseconds(10))
    }
  }
}
