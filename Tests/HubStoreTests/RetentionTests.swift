import HubStore
import HubTesting
import OrderedJSON
import Testing

@Suite struct RetentionTests {
  let folder: Folder
  let clock = ManualClock()
  let journal: Journal

  init() throws {
    folder = try Folder()
    var options = clock.options
    options.retentionMs = 86_400_000
    journal = try Journal(path: folder.database, options: options)
  }

  private func purgeAll() throws {
    while try journal.purge() > 0 {}
  }

  @Test("bodies older than retention go, never those a sink still needs, and messages stay readable")
  func bodies() async throws {
    for number in 0..<10 { try await journal.store(Sample.message("old\(number)", text: "text \(number)")) }
    clock.advance(2 * 86_400_000)
    try await journal.store(Sample.message("new"))
    journal.advance("frontend", to: 6)
    try purgeAll()
    #expect(journal.counters.purged == 6)
    let expired = #expect(throws: JournalError.self) { try journal.events(after: 3, limit: 10) }
    #expect(expired?.code == .cursorExpired)
    #expect(expired?.sequence == 7)
    #expect(try journal.events(after: 0, limit: 100).map(\.sequence) == Array(7...12))
    #expect(try journal.events(after: 6, limit: 100).map(\.sequence) == Array(7...12))
    journal.advance("frontend", to: 12)
    try purgeAll()
    #expect(try journal.events(after: 0, limit: 100).map(\.providerID) == ["new"])
    let conversation = try #require(try journal.conversations(tenant: "demo", limit: 1).first)
    let page = try #require(try journal.messages(conversation: conversation.id, tenant: "demo", limit: 20))
    #expect(page.count == 11)
    #expect(try page.allSatisfy { try JSONValue(parsing: $0.body)["text"]?.string != nil })
  }

  @Test("a dedupe key outlives its body by more than 7 days, and the message's id for ever")
  func keys() async throws {
    try await journal.store(Sample.message("m1"))
    let id = try #require(try journal.all().last?.json["message"]?["id"]?.string)
    clock.advance(8 * 86_400_000)
    try await journal.store(Sample.message("m2"))
    try purgeAll()
    #expect(try await journal.store(Sample.message("m1")) == [.duplicate(sequence: 2)])
    clock.advance(2 * 86_400_000)
    try purgeAll()
    try await journal.store(Sample.status("m1", "read"), Sample.message("m1"))
    let events = try journal.all()
    #expect(events.suffix(2).map { $0.json["message"]?["id"]?.string } == [id, id])
    #expect(try journal.messages(conversation: events[events.count - 1].conversation, tenant: "demo", limit: 9)?.count == 2)
  }

  @Test("an event that comes again a day later, with its body gone from the journal, is no new one")
  func case10_aDayLater() async throws {
    try await journal.store(Sample.message("m1"), Sample.status("m1", "read"))
    let sequences = try journal.all().filter { $0.providerID != "" }.map(\.sequence)
    clock.advance(25 * 3_600_000)
    journal.advance("frontend", to: journal.head)
    try purgeAll()
    #expect(try journal.events(after: 0, limit: 100).isEmpty)
    let again = try await journal.store(Sample.message("m1"), Sample.status("m1", "read"))
    #expect(again == sequences.suffix(2).map { .duplicate(sequence: $0) })
    #expect(journal.counters.duplicates == 2)
  }
}
