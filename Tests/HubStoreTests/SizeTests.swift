import HubStore
import OrderedJSON
import Testing

@Suite struct SizeTests {
  @Test("a body of 20 MiB is stored, and the largest one is a matter of the options")
  func large() async throws {
    let folder = try Folder()
    var options = JournalOptions()
    var journal = try Journal(path: folder.database, options: options)
    #expect(try await journal.append([Self.message("large", bytes: 20 << 20)]) == [.stored(sequence: 2)])
    try journal.close()
    options.maxBody = 2000
    journal = try Journal(path: folder.database, options: options)
    #expect(try await journal.append([Self.message("larger", bytes: 2001)]) == [.invalid(reason: "the body has more than 2000 bytes")])
    try journal.close()
  }

  @Test("what is larger than the whole queue is refused as overloaded, alone or with others, and the next is taken")
  func largerThanQueue() async throws {
    let folder = try Folder()
    var options = JournalOptions()
    options.queueBytes = 4000
    let journal = try Journal(path: folder.database, options: options)
    for events in [[Self.message("large", bytes: 4001)], [Self.message("a", bytes: 2001), Self.message("b", bytes: 2000)]] {
      let refusal = await #expect(throws: JournalError.self) { try await journal.append(events) }
      #expect(refusal?.code == .overloaded)
    }
    #expect(journal.counters.refused == 3)
    #expect(journal.queued == 0)
    #expect(try await journal.append([Self.message("fits", bytes: 4000)]) == [.stored(sequence: 2)])
    try journal.close()
  }

  /// JSON may have any number of spaces before it.
  private static func message(_ id: String, bytes: Int) -> IncomingEvent {
    var event = Sample.message(id)
    event.body = Array(repeating: UInt8(ascii: " "), count: bytes - event.body.count) + event.body
    return event
  }
}
