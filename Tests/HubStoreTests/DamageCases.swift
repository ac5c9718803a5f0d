import Foundation
import HubStore
import OrderedJSON
import Testing

@Suite struct DamageCases {
  /// HUB_CASE05: how many images are damaged; 1000 in a full run.
  @Test("case05_ a flipped bit or a cut never delivers an altered event: a prefix is recovered, or the refusal names the sequence")
  func damage() async throws {
    let folder = try Folder()
    let journal = try Journal(path: folder.database)
    for number in 0..<60 {
      try await journal.store(
        Sample.message("m\(number)", from: "551199123000\(number % 7)", text: String(repeating: "é\(number) ", count: 30)))
      if number == 30 { try journal.checkpoint() }
    }
    let original = try journal.all()
    // Both files as a crash leaves them: half in the database, half in the log.
    let database = try Data(contentsOf: URL(fileURLWithPath: folder.database))
    let log = try Data(contentsOf: URL(fileURLWithPath: folder.database + "-wal"))
    try journal.close()
    var reported = 0
    for round in 0..<parameter("HUB_CASE05", 120) {
      await Task.yield()
      var files = [database, log]
      let target = round % 2
      let place = Int.random(in: 0..<files[target].count)
      let cut = round % 10 == 9
      if cut { files[target] = files[target].prefix(place) } else { files[target][place] ^= 1 << UInt8.random(in: 0..<8) }
      let image = try folder.make("image")
      defer { try? FileManager.default.removeItem(atPath: image) }
      try files[0].write(to: URL(fileURLWithPath: image + "/hub.sqlite"))
      try files[1].write(to: URL(fileURLWithPath: image + "/hub.sqlite-wal"))
      reported += try read(image, original, "\(cut ? "cut" : "flip") in \(target == 0 ? "database" : "log") at \(place)")
    }
    // About a third of the flips in the database hit an event; none reported would mean that nothing is checked.
    if parameter("HUB_CASE05", 120) >= 100 { #expect(reported > 0) }
  }

  /// Reads what is left; returns how many refusals there were.
  private func read(_ image: String, _ original: [StoredEvent], _ what: Comment) throws -> Int {
    let journal: Journal
    do { journal = try Journal(path: image + "/hub.sqlite") } catch is JournalError { return 1 }
    defer { try? journal.close() }
    var reported = 0
    var place: UInt64 = 0
    while place < UInt64(original.count) {
      do {
        let page = try journal.events(after: place, limit: 7)
        if page.isEmpty { break }
        for event in page { #expect(event == original[Int(event.sequence) - 1], what) }
        #expect(page.map(\.sequence) == Array((place + 1)...(place + UInt64(page.count))), what)
        place += UInt64(page.count)
      } catch let error as JournalError {
        if error.code != .damaged { return reported + 1 }
        #expect(error.sequence == place + 1, what)
        reported += 1
        place += 1
      }
    }
    return reported
  }
}
