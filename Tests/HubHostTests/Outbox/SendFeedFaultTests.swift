import CFaultVFS
import Foundation
import HubTelemetry
import HubTesting
import Synchronization
import Testing

@testable import HubHost
@testable import HubStore

@Suite("Outbox to channels over faults", .timeLimit(.minutes(1)))
struct SendFeedFaultTests {
  @Test("a message whose commit was told as failed and reached the disk all the same is sent, without a restart")
  func failedCommit() async throws {
    let folder = NSTemporaryDirectory() + "hub-outbox-" + UUID().uuidString
    let disk = try #require(fault_disk_create(folder, 0))
    defer { fault_disk_destroy(disk) }
    let outbox = try Outbox(at: folder)
    try await outbox.feed.start()
    // The syncs of the commit, of closing the file and of the first try to open it again: the log stays as it is, and is read in the end.
    fault_disk_fail(disk, Int32(FAULT_SYNC), 1034, 0, 3)
    await #expect(throws: JournalError.self) { try await outbox.send("1") }
    #expect(await outbox.attempts.next().text == "1")
    try await outbox.send("2")
    #expect(outbox.attempts.count == 0, "behind the one before it")
  }

  @Test("a row that cannot be read is a dead letter, told and counted; the others go on")
  func unreadable() async throws {
    let outbox = try Outbox(running: false)
    try await outbox.feed.start()
    let first = try await outbox.send("1")
    try await outbox.send("2")
    try await outbox.send("3", to: "5511991230002")
    try outbox.spoil(first)
    outbox.isRunning.withLock { $0 = true }
    outbox.signals.tell(.running("c"))
    let texts = Set([await outbox.attempts.next().text, await outbox.attempts.next().text])
    #expect(texts == ["2", "3"])
    let dead = try outbox.journal.outbox(dead: true, limit: 9)
    #expect(dead.map { [$0.id, $0.code, $0.state.name] } == [[first, "unreadable", "dead_rejected"]])
    #expect(try await outbox.statuses(1) == ["failed"])
    #expect(outbox.metrics.outboxAttempts.with("c", "unreadable").value == 1)
  }

  @Test("an outcome that cannot be stored frees its place; the message is a dead letter that says what became of it")
  func unsettled() async throws {
    let outbox = try Outbox()
    try await outbox.feed.start()
    let first = try await outbox.send("1")
    try await outbox.send("2")
    let attempt = await outbox.attempts.next()
    // As a reaction it is read once more when it was taken.
    try outbox.spoil(first, isReaction: true)
    attempt.accepts()
    #expect(await outbox.attempts.next().text == "2")
    let dead = try #require(try outbox.journal.outbox(dead: true, limit: 9).first)
    #expect(dead.id == first && dead.code == "unsettled" && dead.state == .dead(.unknown) && dead.text.contains("took it as w-msg_"))
    #expect(outbox.metrics.outboxAttempts.with("c", "unsettled").value == 1)
  }

  @Test("what was in flight and cannot be read when the hub starts is a dead letter, and keeps no hub from starting")
  func unreadableAtStart() async throws {
    let folder = NSTemporaryDirectory() + "hub-outbox-" + UUID().uuidString
    var outbox: Outbox? = try Outbox(at: folder)
    try await outbox?.feed.start()
    let first = try await outbox?.send("1")
    _ = await outbox?.attempts.next()
    try outbox?.spoil(first ?? "", isOrphan: true)
    await outbox?.feed.stop(grace: .milliseconds(10))
    try outbox?.journal.close()
    let next = try Outbox(at: folder)
    try await next.feed.start()
    #expect(try next.journal.outboxDepths().map(\.state) == ["dead_unknown"])
    try await next.send("2")
    #expect(await next.attempts.next().text == "2")
    outbox = nil
  }
}
