import Foundation
import HubStore
import OrderedJSON
import Testing

@Suite struct KillCases {
  /// HUB_CASE01: how often the process is killed; 200 in a full run.
  @Test("case01_ what was acknowledged before kill -9 is there once, with its own payload, and nothing that was never sent")
  func killed() async throws {
    let folder = try Folder()
    var acknowledged: Set<String> = []
    for round in 0..<parameter("HUB_CASE01", 4) {
      let (process, output) = try Probe.start(["append", folder.database, "r\(round)-", "1000000", "16"])
      var text = Data()
      let enough = Int.random(in: 100...2500)
      while text.count < enough, case let more = output.fileHandleForReading.availableData, !more.isEmpty { text += more }
      kill(process.processIdentifier, SIGKILL)
      text += output.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      acknowledged.formUnion(String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init))
    }
    #expect(!acknowledged.isEmpty)
    let journal = try Journal(path: folder.database)
    let messages = try journal.all().filter { $0.kind == "message.created" }
    let ids = messages.map(\.providerID)
    #expect(Set(ids).count == ids.count)
    #expect(acknowledged.subtracting(ids).isEmpty)
    #expect(messages.allSatisfy { $0.json["message"]?["providerMessageId"]?.string == $0.providerID })
    #expect(ids.allSatisfy { $0.wholeMatch(of: /r\d+-\d+/) != nil })
    #expect(try await journal.append([Sample.message("fresh")]) == [.stored(sequence: journal.head)])
    try journal.close()
  }

  @Test("case02_ a kill between commit and answer, and the provider's retry, leave one row")
  func killedBeforeAnswer() async throws {
    let folder = try Folder()
    #expect(try Probe.runsToKill(["once", folder.database, "m1"]))
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
      let killed = try Probe.runsToKill(["migrate", folder.database, String(statement)])
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
