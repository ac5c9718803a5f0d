import CFaultVFS
import HubTesting
import Testing

@testable import HubStore

@Suite struct LogGatheringTests {
  @Test("the pages of a batch reach the log in a few writes, and all of them before its sync")
  func fewWrites() async throws {
    let folder = try Folder()
    let disk = FaultDisk(folder.path + "/data", record: true)
    let journal = try Journal(path: folder.database)
    try await journal.store(Sample.message("first"))
    let before = disk.length
    // More pages than are gathered at once, each with a header of its own.
    let text = String(repeating: "a", count: 3000)
    _ = try await journal.append((0..<200).map { Sample.message("m\($0)", text: text) })
    #expect(journal.counters.batches == 2)
    #expect(disk.length - before < 40)
    let copy = try folder.make("copy")
    #expect(disk.rebuild(cut: disk.length, seed: 0, into: copy))
    let rebuilt = try Journal(path: copy + "/hub.sqlite")
    #expect(rebuilt.head == journal.head)
    #expect(try rebuilt.all().count == 202)
    try rebuilt.close()
    try journal.close()
  }

  @Test("a commit that is not synced is there for other connections all the same")
  func unsynced() throws {
    LogGathering.install()
    let folder = try Folder()
    let path = folder.path + "/plain.sqlite"
    let (writer, reader) = (try #require(fault_plain_open(path)), try #require(fault_plain_open(path)))
    defer {
      fault_plain_close(reader)
      fault_plain_close(writer)
    }
    try SQLStatement.execute(writer, "PRAGMA journal_mode = WAL")
    try SQLStatement.execute(writer, "PRAGMA synchronous = OFF")
    // So small that a transaction's pages go to the log before it ends, and are read back and written again.
    try SQLStatement.execute(writer, "PRAGMA cache_size = 4")
    try SQLStatement.execute(writer, "PRAGMA wal_autocheckpoint = 20")
    try SQLStatement.execute(writer, "CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB)")
    for round in 1...30 {
      try SQLStatement.execute(writer, "BEGIN")
      for number in 0..<(round * 3) {
        try SQLStatement.execute(writer, "INSERT OR REPLACE INTO t VALUES(\(number), randomblob(2000))")
        try SQLStatement.execute(writer, "UPDATE t SET b = randomblob(2000) WHERE a = \(number / 2)")
      }
      try SQLStatement.execute(writer, "COMMIT")
      #expect(try SQLStatement.number(reader, "SELECT count(*) FROM t WHERE length(b) = 2000") == Int64(round * 3))
      #expect(try SQLStatement.number(reader, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'") == 1)
    }
  }
}
