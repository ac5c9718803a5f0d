import HubTesting
import Testing

@testable import HubStore

@Suite struct OutboxFaultCases {
  @Test("case16_ kill -9 while a message is under way leaves one dead letter of unknown fate, and the message once")
  func killed() async throws {
    let folder = try Folder()
    #expect(try await Probe.runsToKill(["send", folder.database]))
    let journal = try Journal(path: folder.database)
    #expect(try await journal.openOutbox().isEmpty, "nothing is sent by itself")
    let dead = try journal.outbox(dead: true, limit: 9)
    #expect(dead.map(\.state) == [.dead(.unknown)] && dead.map(\.code) == ["interrupted"])
    #expect(try journal.told(dead[0].id) == ["unknown"])
    #expect(try journal.all().filter { $0.kind == "message.created" }.count == 1)
    try journal.close()
  }

  @Test("a sync that fails acknowledges no message; tried again with its key it is there once")
  func failedSync() async throws {
    let folder = try Folder()
    let disk = FaultDisk(folder.path + "/data")
    let journal = try Journal(path: folder.database)
    var oracle = ConservationOracle<String>()
    for round in 0..<12 {
      disk.fail(.sync, code: FaultDisk.ioErrorSync, after: round % 3, count: 1)
      let key = ("key-\(round)", [UInt8(round)])
      var accepted: AcceptedSend?
      for _ in 0..<3 where accepted == nil { accepted = try? await journal.accepted(Sample.send("m\(round)", key: key)) }
      let number = try #require(accepted?.ticket ?? nil)?.number
      oracle.acknowledge(try #require(accepted).id)
      // Each step is repeated until it is told as done, as the lanes do.
      if let number {
        var isBegun = false
        for _ in 0..<3 where !isBegun { if case .begun? = try? await journal.begin(number) { isBegun = true } }
        #expect(isBegun)
        var isSettled = false
        for _ in 0..<3 where !isSettled {
          isSettled = (try? await journal.settle(number, .accepted(providerID: "w\(round)", phone: nil))) != nil
        }
        #expect(isSettled)
      }
      disk.heal()
    }
    #expect(journal.counters.reopened > 0)
    let messages = try journal.all().filter { $0.kind == "message.created" }.map(\.providerID)
    #expect(oracle.judge(messages).lost.isEmpty && Set(messages).count == messages.count && messages.count == 12)
    #expect(try journal.outbox(limit: 99).isEmpty)
    try journal.close()
    withExtendedLifetime(disk) {}
  }

  @Test("after a power cut at any place what was accepted is there, and what had begun is never taken for untried")
  func powerCut() async throws {
    let folder = try Folder()
    let disk = FaultDisk(folder.path + "/data", record: true)
    let journal = try Journal(path: folder.database)
    let opened = disk.length
    var accepted: [(id: String, place: Int)] = []
    var begun: [(id: String, place: Int)] = []
    for number in 0..<10 {
      let send = try await journal.accepted(Sample.send("m\(number)", to: "551199123000\(number)"))
      accepted.append((send.id, disk.length))
      _ = try await journal.begin(Int64(number + 1))
      begun.append((send.id, disk.length))
      if number % 2 == 0 { try await journal.settle(Int64(number + 1), .retry(atMs: 0, code: "", text: "")) }
    }
    try journal.close()
    let cuts = parameter("HUB_CASE03", 24)
    for cut in 0..<cuts {
      let place = opened + (disk.length - opened) * cut / max(1, cuts - 1)
      let image = try folder.make("image-\(cut)")
      #expect(disk.rebuild(cut: place, seed: cut % 2 == 0 ? 0 : UInt64(cut), into: image))
      let again = try Journal(path: image + "/hub.sqlite")
      let rows = Dictionary(try again.outbox(limit: 99).map { ($0.id, $0) }) { $1 }
      for send in accepted where send.place <= place { #expect(rows[send.id] != nil, "cut \(cut): lost") }
      for send in begun where send.place <= place { #expect(rows[send.id]?.attempts == 1, "cut \(cut): taken for untried") }
      let messages = try again.all().filter { $0.kind == "message.created" }.map(\.providerID)
      #expect(Set(messages) == Set(rows.keys), "cut \(cut): row and message go together")
      try again.close()
    }
    withExtendedLifetime(disk) {}
  }
}
