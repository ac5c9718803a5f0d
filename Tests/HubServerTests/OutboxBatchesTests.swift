import Testing

@testable import HubServer
@testable import HubStore

@Suite("Rows of the outbox changed some at a time")
struct OutboxBatchesTests {
  private let ids = (1...7).map { "msg_\($0)" }

  @Test("every row has its turn, in order, no more at a time than may")
  func turns() async throws {
    var turns: [[String]] = []
    let (changed, problem) = try await OutboxRoutes.inBatches(ids, of: 3) {
      turns.append($0)
      return $0.filter { $0 != "msg_2" }
    }
    #expect(turns.map(\.count) == [3, 3, 1] && turns.flatMap { $0 } == ids)
    #expect(changed == ids.filter { $0 != "msg_2" } && problem == nil)
  }

  @Test("a failure after something was done is told beside it; one before anything was done is the answer")
  func failure() async throws {
    let (changed, problem) = try await OutboxRoutes.inBatches(ids, of: 3) { batch in
      guard batch.first == "msg_1" else { throw JournalError(.overloaded, "the journal is behind") }
      return batch
    }
    #expect(changed == ["msg_1", "msg_2", "msg_3"] && problem == "the journal is behind")
    await #expect(throws: JournalError.self) {
      try await OutboxRoutes.inBatches(ids, of: 3) { _ in throw JournalError(.overloaded, "the journal is behind") }
    }
  }
}
