import HubTesting
import OrderedJSON
import Testing

@testable import HubStore

extension OutboxTests {
  @Test("statuses that came before the answer count once it is there")
  func heldStatuses() async throws {
    let sent = try await journal.accepted()
    _ = try await journal.begin(1)
    try await journal.store(Sample.status("wamid.1", "delivered"))
    try await journal.settle(1, .accepted(providerID: "wamid.1", phone: nil))
    #expect(try journal.told(sent.id) == ["sent", "delivered"])
  }

  @Test("an echo that comes before the answer waits for it and makes no second message; one of another message is stored then")
  func earlyEcho() async throws {
    let sent = try await journal.accepted()
    _ = try await journal.begin(1)
    let done = Mailbox<[AppendOutcome]>()
    for id in ["wamid.1", "wamid.typed"] {
      try journal.append([Sample.message(id, direction: "outbound", origin: "echo")]) { done.put((try? $0.get()) ?? []) }
    }
    // Inbound ones and other conversations do not wait.
    try await journal.store(Sample.message("in.1"), Sample.message("out.2", from: "5511991230002", direction: "outbound", origin: "echo"))
    #expect(done.count == 0 && journal.counters.echoesHeld == 2)
    try await journal.settle(1, .accepted(providerID: "wamid.1", phone: nil))
    #expect(await done.next() == [.duplicate(sequence: 2)])
    guard case .stored? = await done.next().first else { Issue.record("the other echo was not stored"); return }
    let ids = try journal.texts(sent.conversation).compactMap { $0["providerMessageId"]?.string }
    #expect(Set(ids) == ["wamid.1", "wamid.typed", "in.1"] && ids.count == 3)
  }

  @Test("of an append only the early echo waits, and what changes it; it is answered when all of it is stored")
  func earlyEchoAmongOthers() async throws {
    let sent = try await journal.accepted()
    _ = try await journal.begin(1)
    let done = Mailbox<[AppendOutcome]>()
    let reaction = Sample.event(
      "message.reaction", id: "r1", ["reaction": ["target": "wamid.1", "emoji": "👍"]], conversation: "5511991230001")
    let echo = Sample.message("wamid.1", direction: "outbound", origin: "echo")
    try journal.append([echo, Sample.message("in.1"), reaction, Sample.status("elsewhere", "read")]) { done.put((try? $0.get()) ?? []) }
    // Stored behind the append.
    try await journal.store(Sample.message("in.2"))
    #expect(try journal.all().dropFirst(2).map(\.providerID) == ["in.1", "elsewhere:read", "in.2"] && done.count == 0)
    try await journal.settle(1, .accepted(providerID: "wamid.1", phone: nil))
    #expect(await done.next() == [.duplicate(sequence: 2), .stored(sequence: 3), .stored(sequence: 7), .stored(sequence: 4)])
    let message = try #require(journal.texts(sent.conversation).first { $0["id"]?.string == sent.id })
    #expect(message["reactions"]?.array?.count == 1)
  }

  @Test("an early echo waits no longer than its provider can be kept waiting")
  func overdueEcho() async throws {
    let folder = try Folder()
    var options = clock.options
    options.echoWaitMs = 20
    let journal = try Journal(path: folder.database, options: options)
    _ = try await journal.accepted()
    _ = try await journal.begin(1)
    let echo = Sample.message("e1", direction: "outbound", origin: "echo")
    #expect(try await journal.append([echo]) == [.stored(sequence: 3)])
    #expect(journal.counters.echoesHeld == 1 && journal.counters.echoesGivenUp == 1)
  }

  @Test("an echo that waits is stored when the fate stays unknown, and when the journal closes")
  func echoOfUnknown() async throws {
    _ = try await journal.accepted()
    _ = try await journal.begin(1)
    let done = Mailbox<Bool>()
    try journal.append([Sample.message("e1", direction: "outbound", origin: "echo")]) { done.put((try? $0.get()) != nil) }
    try await journal.settle(1, .unknown(code: "timeout", text: ""))
    #expect(await done.next())
    _ = try await journal.accepted(Sample.send("again"))
    _ = try await journal.begin(2)
    try journal.append([Sample.message("e2", direction: "outbound", origin: "echo")]) { done.put((try? $0.get()) != nil) }
    try journal.close()
    #expect(await done.next())
  }

  @Test("our own id in a status or an echo joins, also after the fate was unknown, and ends the dead letter", arguments: [true, false])
  func reference(byStatus: Bool) async throws {
    let sent = try await journal.accepted()
    _ = try await journal.begin(1)
    try await journal.settle(1, .unknown(code: "timeout", text: "no answer"))
    #expect(try journal.outbox(dead: true, limit: 9).map(\.state) == [.dead(.unknown)])
    if byStatus {
      try await journal.store(
        Sample.event("message.status", id: "s1", ["status": ["target": "wamid.1", "status": "delivered", "reference": .string(sent.id)]]))
    } else {
      var echo = Sample.message("wamid.1", direction: "outbound", origin: "echo", status: "delivered")
      var body = try JSONValue(parsing: echo.body).object ?? [:]
      var message = body["message"]?.object ?? [:]
      message["reference"] = .string(sent.id)
      body["message"] = .object(message)
      echo.body = JSONValue.object(body).serialized()
      try await journal.store(echo, echo)
    }
    #expect(try journal.told(sent.id) == ["unknown", "delivered"])
    let texts = try journal.texts(sent.conversation)
    #expect(texts.count == 1 && texts[0]["providerMessageId"] == "wamid.1")
    #expect(try journal.outbox(dead: true, limit: 9).isEmpty)
    #expect(try await journal.retry(sent.id).isEmpty, "what is known to be sent is not sent again")
  }

  @Test("an echo under a hidden id that nobody knows yet waits too, one under another phone does not")
  func hiddenEcho() async throws {
    _ = try await journal.accepted()
    _ = try await journal.begin(1)
    let done = Mailbox<[AppendOutcome]>()
    try journal.append([Sample.message("e1", from: nil, userID: "BR.77", direction: "outbound", origin: "echo")]) {
      done.put((try? $0.get()) ?? [])
    }
    try await journal.store(Sample.message("e2", from: "5511991230007", direction: "outbound", origin: "echo"))
    #expect(done.count == 0)
    try await journal.settle(1, .accepted(providerID: "e1", phone: nil))
    #expect(await done.next() == [.duplicate(sequence: 2)])
  }
}
