import Foundation
import HubTelemetry
import HubTesting
import OrderedJSON
import Synchronization
import Testing

@testable import HubHost
@testable import HubStore

@Suite("Outbox to channels", .timeLimit(.minutes(5)))
struct SendFeedTests {
  @Test("messages of a conversation reach the channel one after the other, each once the one before it is on disk")
  func order() async throws {
    let outbox = try Outbox()
    try await outbox.feed.start()
    let first = try await outbox.send("1")
    try await outbox.send("2")
    let attempt = await outbox.attempts.next()
    #expect(attempt.delivery.id == first && attempt.text == "1" && attempt.delivery.conversation == "5511991230001")
    #expect(try outbox.journal.outbox(limit: 9).map(\.state.name) == ["in_flight", "queued"])
    try await outbox.send("3", to: "5511991230002")
    #expect(await outbox.attempts.next().text == "3")
    #expect(outbox.attempts.count == 0)
    attempt.accepts()
    let second = await outbox.attempts.next()
    #expect(second.text == "2")
    #expect(try await outbox.statuses(1) == ["sent"])
    second.says(#"{"outcome":"rejected","code":"x","text":"no"}"#)
    #expect(try await outbox.statuses(2) == ["sent", "failed"])
  }

  @Test("nothing of a channel that does not run is begun, until it runs")
  func notRunning() async throws {
    let outbox = try Outbox(running: false)
    try await outbox.feed.start()
    try await outbox.send("1")
    // Answered behind what the lanes did about the message.
    _ = try await outbox.feed.drop([])
    #expect(try outbox.journal.outbox(limit: 9).map(\.attempts) == [0])
    outbox.isRunning.withLock { $0 = true }
    outbox.signals.tell(.running("c"))
    #expect(await outbox.attempts.next().text == "1")
  }

  @Test("a channel that keeps a call holds up no other channel")
  func blocking() async throws {
    let outbox = try Outbox()
    let gate = DispatchSemaphore(value: 0)
    outbox.gates.withLock { $0["slow"] = gate }
    try await outbox.feed.start()
    try await outbox.send("1", channel: "slow")
    try await outbox.send("2")
    #expect(await outbox.attempts.next().text == "2")
    gate.signal()
    #expect(await outbox.attempts.next().text == "1")
  }

  @Test("an account begins no more a second than its channel's rate, which another account is not held up by")
  func rate() async throws {
    let time = ManualClock(0)
    var clock = HostClock()
    clock.monotonic = { .milliseconds(time.now) }
    let outbox = try Outbox(clock: clock)
    outbox.rate.withLock { $0 = 2 }
    try await outbox.feed.start()
    for number in 1...4 { try await outbox.send("\(number)", to: "551199123000\(number)") }
    try await outbox.send("other", to: "5511991230009", account: "b")
    func begun() throws -> Int { try outbox.journal.outbox(limit: 9).map(\.attempts).reduce(0, +) }
    try await outbox.look()
    #expect(try begun() == 2)
    #expect(Set([await outbox.attempts.next().text, await outbox.attempts.next().text]) == ["1", "other"])
    for (advance, count) in [(499, 2), (2, 3), (498, 3), (2, 4)] as [(Int64, Int)] {
      time.advance(advance)
      try await outbox.look()
      #expect(try begun() == count, "after \(time.now) ms")
    }
    #expect([await outbox.attempts.next().text, await outbox.attempts.next().text] == ["2", "3"])
    // The plugin is another, which asks for no rate.
    outbox.rate.withLock { $0 = 0 }
    outbox.signals.tell(.running("c"))
    #expect(await outbox.attempts.next().text == "4")
  }

  @Test("no more waits of a channel than may; a key still gives its message back, and room is made by what is sent or dropped")
  func full() async throws {
    let outbox = try Outbox(running: false, unsentLimit: 2)
    try await outbox.feed.start()
    guard case .accepted(let first) = try await outbox.offer("1", key: "k") else {
      Issue.record("not accepted")
      return
    }
    let second = try await outbox.send("2")
    try await outbox.look()
    #expect(try await outbox.offer("3") == .refused(.full))
    #expect(try await outbox.offer("3", key: "l") == .refused(.full))
    #expect(outbox.metrics.drops.with("outbox", "full").value == 2)
    #expect(try outbox.journal.outbox(limit: 9).map(\.id) == [first.id, second])
    guard case .accepted(let again) = try await outbox.offer("1", key: "k") else {
      Issue.record("not given back")
      return
    }
    #expect(again.id == first.id && again.ticket == nil)
    #expect(try await outbox.offer("other", key: "k") == .refused(.keyReused))
    try await outbox.send("of another channel", channel: "d")
    #expect(try await outbox.feed.drop([second]) == [second])
    try await outbox.send("3")
    try await outbox.look()
    #expect(try await outbox.offer("4") == .refused(.full))
    outbox.isRunning.withLock { $0 = true }
    outbox.signals.tell(.running("c"))
    await outbox.attempts.next().accepts()
    #expect(await outbox.attempts.next().text == "3")
    try await outbox.send("4")
  }

  @Test("a channel that is lost sight of leaves the fate unknown; the conversation goes on")
  func lost() async throws {
    let outbox = try Outbox()
    try await outbox.feed.start()
    try await outbox.send("1")
    try await outbox.send("2")
    await outbox.attempts.next().answer(.closed)
    #expect(await outbox.attempts.next().text == "2")
    #expect(try outbox.journal.outbox(dead: true, limit: 9).map(\.code) == ["closed"])
  }

  @Test("messages keep their order when their conversation becomes part of another while one of them is under way")
  func merging() async throws {
    let outbox = try Outbox()
    try await outbox.feed.start()
    try await outbox.receive("1", from: #"{"userId":"BR.1"}"#)
    try await outbox.send("1")
    let first = await outbox.attempts.next()
    try await outbox.send("2")
    try await outbox.receive("2", from: #"{"userId":"BR.1","phone":"5511991230001"}"#)
    try await outbox.send("3")
    // Answered behind what the lanes did about the messages.
    _ = try await outbox.feed.drop([])
    #expect(outbox.attempts.count == 0)
    first.accepts()
    let second = await outbox.attempts.next()
    #expect(second.text == "2")
    second.accepts()
    #expect(await outbox.attempts.next().text == "3")
  }

  @Test("what the provider asks to wait for is tried again, before what came later")
  func retry() async throws {
    let outbox = try Outbox()
    try await outbox.feed.start()
    let id = try await outbox.send("1")
    try await outbox.send("2")
    await outbox.attempts.next().says(#"{"outcome":"retry","retryAfterMs":30}"#)
    let again = await outbox.attempts.next()
    #expect(again.delivery.id == id)
    #expect(try JSONValue(parsing: again.delivery.body)["attempt"] == 2)
  }

  @Test("an account that is down is tried again when an operator asks")
  func down() async throws {
    let outbox = try Outbox()
    try await outbox.feed.start()
    let id = try await outbox.send("1")
    await outbox.attempts.next().says(#"{"outcome":"down","code":"190"}"#)
    while try outbox.journal.outbox(limit: 9).first?.state.name != "waiting" { await Task.yield() }
    #expect(try await outbox.feed.retry([id]) == [id])
    #expect(await outbox.attempts.next().delivery.id == id)
  }

  @Test("an account that is down is tried again when its state says that it is connected")
  func connected() async throws {
    let outbox = try Outbox()
    try await outbox.feed.start()
    let id = try await outbox.send("1")
    await outbox.attempts.next().says(#"{"outcome":"down","code":"190"}"#)
    while try outbox.journal.outbox(limit: 9).first?.state.name != "waiting" { await Task.yield() }
    _ = try await outbox.feed.drop([])
    for word in ["close", "open"] {
      let state = IncomingEvent(
        tenant: "demo", channel: "c", provider: "p", account: "a", kind: "channel.state", id: word, timeMs: 1, receivedMs: 1,
        body: Array(#"{"state":{"state":"\#(word)"}}"#.utf8))
      _ = try await outbox.journal.append([state])
    }
    #expect(await outbox.attempts.next().delivery.id == id)
  }

  @Test("what is dropped is not sent, and what is behind it is")
  func drop() async throws {
    let outbox = try Outbox()
    try await outbox.feed.start()
    try await outbox.send("1")
    let second = try await outbox.send("2")
    try await outbox.send("3")
    let first = await outbox.attempts.next()
    #expect(try await outbox.feed.drop([second]) == [second])
    first.accepts()
    #expect(await outbox.attempts.next().text == "3")
  }

  @Test("stopping waits for what is under way, and begins nothing more")
  func stopping() async throws {
    let outbox = try Outbox()
    try await outbox.feed.start()
    try await outbox.send("1")
    try await outbox.send("2")
    let attempt = await outbox.attempts.next()
    outbox.feed.pause()
    async let stopped: Void = outbox.feed.stop(grace: .seconds(30))
    attempt.accepts()
    await stopped
    #expect(outbox.attempts.count == 0)
    #expect(try await outbox.statuses(1) == ["sent"])
    #expect(try outbox.journal.outbox(limit: 9).map(\.state) == [.queued])
  }

  @Test("stopping does not wait for ever; what came to no end is unknown at the next start")
  func stoppingInTime() async throws {
    let folder = NSTemporaryDirectory() + "hub-outbox-" + UUID().uuidString
    var outbox: Outbox? = try Outbox(at: folder)
    try await outbox?.feed.start()
    try await outbox?.send("1")
    let attempt = await outbox?.attempts.next()
    await outbox?.feed.stop(grace: .milliseconds(10))
    try outbox?.journal.close()
    attempt?.accepts()
    let next = try Outbox(at: folder)
    try await next.feed.start()
    #expect(try await next.statuses(1) == ["unknown"])
    outbox = nil
  }

  @Test("a plugin in C is handed the row, and its answer is read", arguments: [false, true])
  func plugin(serial: Bool) async throws {
    let harness = try HostHarness()
    try await harness.host.start([try await harness.spec("courier", serial: serial), try await harness.spec("deaf")])
    let delivery = OutboxDelivery(
      kind: .send, id: "msg_1", account: "known", conversation: "5511", cause: "cause", acceptedMs: 1, body: Array("{}".utf8))
    let answers = Mailbox<DeliveryAnswer>()
    #expect(harness.host.adapter("test-courier")?.send(delivery) { answers.put($0) } == true)
    #expect(ChannelOutcome(await answers.next()) == .accepted(providerID: "send msg_1 5511", phone: nil))
    // One that never answers is told that nobody waits any more, and its end leaves the fate unknown.
    let deaf = try #require(harness.host.adapter("test-deaf"))
    #expect(deaf.send(delivery) { answers.put($0) })
    await harness.host.stop()
    #expect(ChannelOutcome(await answers.next()).word == "unknown")
    #expect(deaf.send(delivery) { answers.put($0) } == false)
  }
}
