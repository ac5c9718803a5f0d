import CFaultVFS
import Foundation
import HubTesting
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
}
