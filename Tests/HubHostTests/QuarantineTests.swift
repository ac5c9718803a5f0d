import Foundation
import OrderedJSON
import Testing

@testable import HubHost

@Suite("Quarantine")
struct QuarantineTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  var quarantine: Quarantine { Quarantine(folder: workspace.path + "/marks", limit: 2) }

  @Test("a plugin that took the process down twice in a row is kept out, and the mark is named")
  func keepsOut() throws {
    try quarantine.enter("main", plugin: "bad", sha256: "aa")
    #expect(quarantine.hasMarks)
    try quarantine.enter("main", plugin: "bad", sha256: "aa")
    let found = refusal { try quarantine.enter("main", plugin: "bad", sha256: "aa") }
    #expect(found?.code == .quarantined)
    #expect(found?.reason.contains("2 times in a row") == true)
    let mark = workspace.path + "/marks/loading-bad-main"
    #expect(found?.reason.hasSuffix("try it again: rm '\(mark)'") == true)
    #expect(quarantine.marks(keepingOut: "bad", sha256: "aa") == [mark])
    #expect(quarantine.marks(keepingOut: "bad", sha256: "bb").isEmpty)
    try FileManager.default.removeItem(atPath: mark)
    try quarantine.enter("main", plugin: "bad", sha256: "aa")
    #expect(quarantine.marks(keepingOut: "bad", sha256: "aa").isEmpty)
  }

  @Test("the first end is known at the next start, of whatever content the plugin is by then")
  func firstEnd() throws {
    #expect(quarantine.crashes(of: "main", plugin: "bad") == 0)
    try quarantine.enter("main", plugin: "bad", sha256: "aa")
    #expect(quarantine.crashes(of: "main", plugin: "bad") == 1)
    #expect(quarantine.crashes(of: "second", plugin: "bad") == 0)
    quarantine.leave("main", plugin: "bad")
    #expect(quarantine.crashes(of: "main", plugin: "bad") == 0)
  }

  @Test("a start in good order wipes the slate")
  func forgives() throws {
    for _ in 0..<5 {
      try quarantine.enter("main", plugin: "fine", sha256: "aa")
      quarantine.leave("main", plugin: "fine")
    }
    #expect(!quarantine.hasMarks)
  }

  @Test("a new file of the plugin is given a new chance, and other adapters are not held to account")
  func others() throws {
    for _ in 0..<2 { try quarantine.enter("main", plugin: "bad", sha256: "aa") }
    try quarantine.enter("second", plugin: "bad", sha256: "aa")
    try quarantine.enter("main", plugin: "bad", sha256: "bb")
  }

  @Test("what is kept out is told by the log, by the adapter's state and by the plugin's report, each with the command that lifts it")
  func told() async throws {
    let harness = try HostHarness(marks: true)
    let spec = try await harness.spec("kept-out")
    let digest = try PluginFinder(folders: [harness.workspace.path]).open("kept-out").sha256
    let quarantine = Quarantine(folder: harness.workspace.path + "/marks")
    for _ in 0..<3 { try quarantine.enter(spec.id, plugin: spec.plugin, sha256: digest) }
    try await harness.host.start([spec])
    let mark = harness.workspace.path + "/marks/loading-kept-out-test-kept-out"
    let command = "rm '\(mark)'"
    guard case .failed(let reason)? = harness.state(spec.id) else {
      Issue.record("not failed")
      return
    }
    #expect(reason.hasSuffix(command))
    #expect(harness.details.all.contains { $0.hasPrefix("adapter not started") && $0.contains(command) })
    let report = PluginFinder(folders: [harness.workspace.path]).inspect("kept-out", probe: nil, quarantine: quarantine)
    #expect(report.quarantine == [mark])
    #expect(report.json["quarantine"]?[0]?.string == mark)
    await harness.host.stop()

    try FileManager.default.removeItem(atPath: mark)
    let again = PluginHost(finder: PluginFinder(folders: [harness.workspace.path]), services: harness.services, quarantine: quarantine)
    try await again.start([spec])
    #expect(again.statuses.first?.state == .running(health: .ok, detail: ""))
    await again.stop()
  }

  @Test("three times in a row is too often, unless said otherwise")
  func limit() { #expect(Quarantine(folder: workspace.path).limit == 3) }

  @Test("a hub that is stopped while a plugin is loaded leaves no mark", .timeLimit(.minutes(5)))
  func stoppedDuringStart() async throws {
    let harness = try HostHarness(marks: true)
    let text = try String(contentsOfFile: CPlugin.sources + "/plain.c", encoding: .utf8)
    let slow = """
      #define _POSIX_C_SOURCE 200809L
      #include <time.h>
      #include <unistd.h>
      __attribute__((constructor)) static void slow(void) {
        struct timespec t = {0, 1000000};
        while (access(GATE, F_OK) == 0) nanosleep(&t, 0);
      }
      """
    let gate = try harness.workspace.write("", to: "gate")
    _ = try await CPlugin.build(text: slow + "\n" + text, as: "slow", in: harness.workspace, ["-DGATE=\"\(gate)\""])
    var spec = AdapterSpec(id: "slow", plugin: "slow", kind: .channel)
    spec.onStartError = .disable
    async let started: Void? = try? harness.host.start([spec])
    while harness.marks.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
    async let stopped: Void = harness.host.stop()
    // At once, while the plugin is still being loaded.
    while !harness.marks.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
    try FileManager.default.removeItem(atPath: gate)
    _ = await (started, stopped)
    #expect(harness.marks.isEmpty)
    #expect(harness.state("slow") == .stopped)
  }

  @Test("marks that are forgotten while a plugin starts are gone at once", .timeLimit(.minutes(5)))
  func forgets() async throws {
    let harness = try HostHarness(marks: true)
    var spec = try await harness.spec("start-hangs")
    spec.deadlines.start = .seconds(5)
    async let started: Void? = try? harness.host.start([spec])
    while harness.marks.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
    harness.host.forgetMarks()
    #expect(harness.marks.isEmpty)
    _ = await started
    await harness.host.stop()
    #expect(harness.marks.isEmpty)
  }

  @Test("an adapter's id never leaves the folder")
  func names() throws {
    try quarantine.enter("../../evil", plugin: "bad", sha256: "aa")
    #expect(FileManager.default.fileExists(atPath: workspace.path + "/marks/loading-bad-.._.._evil"))
  }
}
