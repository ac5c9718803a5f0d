import Foundation
import Testing

@Suite struct SyncTraceCases {
  @Test(
    "case04_ the kernel is asked to sync the log at least once for each batch",
    .enabled("strace is not installed, or this system forbids ptrace") { await Strace.works() })
  func syncs() async throws {
    let folder = try Folder()
    // Opening and closing sync too, and are not counted.
    let idle = try await trace(folder, "idle", events: 0)
    let busy = try await trace(folder, "busy", events: 200)
    #expect(idle.batches == 0)
    #expect(busy.batches >= 50)
    #expect(busy.syncs - idle.syncs >= busy.batches)
  }

  private func trace(_ folder: Folder, _ name: String, events: Int) async throws -> (syncs: Int, batches: Int) {
    let calls = "\(folder.path)/\(name).calls"
    let report = try await Strace.run([
      "-f", "-y", "-e", "trace=fsync,fdatasync", "-o", calls, Probe.path, "bench", "\(folder.path)/\(name)/hub.sqlite", String(events), "4",
    ])
    let lines = try String(contentsOfFile: calls, encoding: .utf8).split(separator: "\n")
    // A call may be told in two lines; the first names the file, the one with the result does not.
    #expect(!lines.contains { $0.contains(" = -1 ") })
    let syncs = lines.filter { $0.contains("sync(") && $0.contains("-wal>") }.count
    let batches = try #require(report.firstMatch(of: /(\d+) batches/)).output.1
    return (syncs, try #require(Int(batches)))
  }
}
