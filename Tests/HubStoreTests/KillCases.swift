import Foundation
import HubStore
import HubTesting
import OrderedJSON
import Testing

@Suite struct KillCases {
  /// HUB_CASE01: how often the process is killed; 200 in a full run.
  @Test("case01_ what was acknowledged before kill -9 is there once, with its own payload, and nothing that was never sent")
  func killed() async throws {
    let folder = try Folder()
    var oracle = ConservationOracle<String>()
    for round in 0..<parameter("HUB_CASE01", 4) {
      let arguments = ["append", folder.database, "r\(round)-", "1000000", "16"]
      for id in try await Probe.killed(after: Int.random(in: 100...2500), arguments) { oracle.acknowledge(id) }
    }
    #expect(oracle.count > 0)
    let journal = try Journal(path: folder.database)
    let messages = try journal.all().filter { $0.kind == "message.created" }
    let ids = messages.map(\.providerID)
    let verdict = oracle.judge(ids)
    // What was sent is every number of every round; which of them were, only the killed process knew.
    #expect(verdict.lost.isEmpty && verdict.doubled.isEmpty, "\(verdict)")
    #expect(messages.allSatisfy { $0.json["message"]?["providerMessageId"]?.string == $0.providerID })
    #expect(ids.allSatisfy { $0.wholeMatch(of: /r\d+-\d+/) != nil })
    #expect(try await journal.append([Sample.message("fresh")]) == [.stored(sequence: journal.head)])
    try journal.close()
  }

  @Test("case02_ a kill between commit and answer, and the provider's retry, leave one row")
  func killedBeforeAnswer() async throws {
    let folder = try Folder()
    #expect(try await Probe.runsToKill(["once", folder.database, "m1"]))
    let journal = try Journal(path: folder.database)
    #expect(try await journal.store(Sample.message("m2"), Sample.message("m2")).last == .duplicate(sequence: journal.head))
    let retried = IncomingEvent(
      tenant: "demo", channel: "meta-main", provider: "meta", account: "118273645509812", kind: "message.created", id: "m1",
      conversation: "5511910000001", cause: "retry", timeMs: 0, receivedMs: 0,
      body: Sample.message("m1", from: "5511910000001").body)
    #expect(try await journal.append([retried]) == [.duplicate(sequence: 2)])
    #expect(try journal.all().filter { $0.providerID == "m1" }.count == 1)
    try journal.close()
  }

  @Test("case08_ a migration killed before any of its statements rolls forward at the next start")
  func migrationKilled() async throws {
    var statement = 0
    while true {
      let folder = try Folder()
      let killed = try await Probe.runsToKill(["migrate", folder.database, String(statement)])
      let journal = try Journal(path: folder.database)
      #expect(try await journal.append([Sample.message("m1")]) == [.stored(sequence: 2)])
      #expect(try journal.all().count == 2)
      try journal.close()
      if !killed { break }
      statement += 1
    }
    #expect(statement > 15)
  }
}
