import HubTesting
import OrderedJSON
import Testing

@testable import HubStore

/// What is under way while two conversations turn out to be one.
@Suite struct OutboxMergeTests {
  private let user = "BR.90817263544120987"
  private let folder: Folder
  private let journal: Journal

  init() throws {
    folder = try Folder()
    journal = try Journal(path: folder.database)
  }

  @Test("an early echo waits, also after the conversation of the message under way became part of an older one")
  func mergedBefore() async throws {
    try await journal.store(Sample.message("u1", from: nil, userID: user))
    let sent = try await journal.accepted()
    _ = try await journal.begin(1)
    try await journal.store(Sample.message("in.1", userID: user))
    #expect(try journal.conversations(tenant: "demo", limit: 9).count == 1)
    try await echoJoins(Sample.message("w1", direction: "outbound", origin: "echo"), sent)
  }

  @Test("an early echo waits that tells itself whose conversation that of the message under way is")
  func mergedByEcho() async throws {
    try await journal.store(Sample.message("u1", from: nil, userID: user))
    let sent = try await journal.accepted()
    _ = try await journal.begin(1)
    try await echoJoins(Sample.message("w1", userID: user, direction: "outbound", origin: "echo"), sent)
  }

  private func echoJoins(_ echo: IncomingEvent, _ sent: AcceptedSend) async throws {
    let done = Mailbox<[AppendOutcome]>()
    try journal.append([echo]) { done.put((try? $0.get()) ?? []) }
    try await journal.settle(1, .accepted(providerID: "w1", phone: nil))
    guard case .duplicate? = await done.next().first else { Issue.record("the echo is a second message"); return }
    #expect(journal.counters.echoesHeld == 1)
    #expect(try journal.texts(sent.conversation).filter { $0["direction"] == "outbound" }.map { $0["id"]?.string } == [sent.id])
  }

  @Test("who has the lanes is told which conversation became part of which, and later messages go to that one")
  func told() async throws {
    let news = Mailbox<OutboxNews>()
    let subscription = journal.subscribe(committed: { _ in }, outbox: { news.put($0) })
    defer { subscription.cancel() }
    try await journal.store(Sample.message("u1", from: nil, userID: user))
    let before = try #require(try await journal.accepted().ticket)
    try await journal.store(Sample.message("in.1", userID: user))
    let after = try #require(try await journal.accepted(Sample.send("b")).ticket)
    #expect(await news.next() == .merged(ConversationMerge(gone: before.conversation, kept: after.conversation)))
    #expect(try await journal.openOutbox().map(\.conversation) == [after.conversation, after.conversation])
  }
}
