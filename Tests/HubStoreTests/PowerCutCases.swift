import HubStore
import OrderedJSON
import Synchronization
import Testing

@Suite struct PowerCutCases {
  /// HUB_CASE03: at how many places the power is cut; 200 in a full run.
  @Test("case03_ after a power cut at any place the journal opens and holds all that was acknowledged")
  func powerCut() async throws {
    let folder = try Folder()
    let disk = FaultDisk(folder.path + "/data", record: true)
    var options = JournalOptions()
    options.checkpointPages = 40
    let journal = try Journal(path: folder.database, options: options)
    let opened = disk.length
    let acknowledged = try await load(journal, disk: disk, appenders: 6, each: 25)
    try journal.close()
    let cuts = parameter("HUB_CASE03", 40)
    let random = SystemRandomNumberGenerator()
    for cut in 0..<cuts {
      await Task.yield()
      let place = opened + (disk.length - opened) * cut / max(1, cuts - 1)
      var generator = random
      // Every other image also keeps a random part of what was not synced.
      let seed = cut % 2 == 0 ? 0 : UInt64.random(in: 1 ... .max, using: &generator)
      try check(disk, cut: place, seed: seed, expected: acknowledged.filter { $0.place <= place }.map(\.id), folder: folder)
    }
    withExtendedLifetime(disk) {}
  }

  @Test("case03_ a power cut after a failed sync loses nothing that was acknowledged")
  func powerCutAfterFailedSync() async throws {
    let folder = try Folder()
    let disk = FaultDisk(folder.path + "/data", record: true)
    let journal = try Journal(path: folder.database)
    var acknowledged: [Acknowledged] = []
    for round in 0..<6 {
      disk.fail(.sync, code: FaultDisk.ioErrorSync, after: round % 3, count: 1)
      for number in 0..<6 {
        let id = "r\(round)-\(number)"
        // A failed batch is sent again, as a provider does.
        for _ in 0..<3 where (try? await journal.append([Sample.message(id)])) != nil {
          acknowledged.append(Acknowledged(id: id, place: disk.length))
          break
        }
      }
      disk.heal()
      for seed in [0, 7, 99] as [UInt64] { try check(disk, cut: disk.length, seed: seed, expected: acknowledged.map(\.id), folder: folder) }
    }
    #expect(journal.counters.reopened > 0)
    #expect(acknowledged.count == 36)
    try journal.close()
  }

  struct Acknowledged: Sendable {
    let id: String
    let place: Int
  }

  private func load(_ journal: Journal, disk: FaultDisk, appenders: Int, each: Int) async throws -> [Acknowledged] {
    try await withThrowingTaskGroup(of: [Acknowledged].self) { group in
      for appender in 0..<appenders {
        group.addTask {
          var done: [Acknowledged] = []
          for number in 0..<each {
            let id = "a\(appender)-\(number)"
            _ = try await journal.append([
              Sample.message(id, from: "5511990000\(appender)", text: id, direction: "outbound"), Sample.status(id, "read"),
            ])
            done.append(Acknowledged(id: id, place: disk.length))
          }
          return done
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
  }

  private func check(_ disk: FaultDisk, cut: Int, seed: UInt64, expected: [String], folder: Folder) throws {
    let image = try folder.make("image-\(cut)-\(seed)")
    #expect(disk.rebuild(cut: cut, seed: seed, into: image))
    let journal = try Journal(path: image + "/hub.sqlite")
    let events = try journal.all()
    let ids = events.filter { $0.kind == "message.created" }.map(\.providerID)
    #expect(Set(expected).subtracting(ids).isEmpty, "cut \(cut), seed \(seed)")
    #expect(Set(ids).count == ids.count)
    #expect(events.map(\.sequence) == Array(1...max(1, journal.head)).prefix(events.count).map { $0 })
    let unread = try journal.conversations(tenant: "demo", limit: 20).compactMap { $0.lastMessageMs }
    #expect(unread.count == Set(events.map(\.conversation)).count)
    try journal.close()
  }
}
