import Foundation
import HubTesting
import OrderedJSON
import Testing

@testable import HubHost

@Suite("Reading a plugin in a child process")
struct ProbeTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  func probe(_ script: String, deadline: Duration = .seconds(60)) throws -> PluginProbe {
    let file = try workspace.write("#!/bin/sh\n" + script + "\n", to: "child.sh")
    return PluginProbe(command: ["/bin/sh", file], deadline: deadline)
  }

  @Test("what the child prints becomes the descriptions of a report")
  func inspects() async throws {
    let path = try await CPlugin.build(as: "seen", in: workspace)
    let answer = try PluginProbe.describe(path: path).description
    let (finder, child) = (PluginFinder(folders: [workspace.path]), try probe("cat <<'END'\n\(answer)\nEND"))
    let report = try await onOwnThread { finder.inspect("seen", probe: child) }
    #expect(report.refusal == nil)
    #expect(report.descriptions.map(\.name) == ["seen"])
    #expect(report.note?.major == 1)
    #expect(report.json["adapters"]?[0]?["kind"]?.string == "channel")
    #expect(report.json["sha256"]?.string?.utf8.count == 64)
  }

  @Test("a refused file is reported with its reason and without a child")
  func refused() throws {
    _ = try workspace.write("text", to: "libtext.so")
    let report = PluginFinder(folders: [workspace.path]).inspect("text", probe: try probe("exit 9"))
    #expect(report.refusal?.code == .notShared)
    #expect(report.json["refused"]?["reason"]?.string == "not an ELF shared object")
  }

  @Test(
    "a child that crashes, hangs, fails, floods or talks nonsense is one clear reason",
    arguments: [
      ("kill -SEGV $$", "crashed with signal 11 while it was loaded in a child process"),
      ("echo 'libx.so: no good' >&2; exit 1", "refused in a child process: libx.so: no good"),
      ("exit 3", "the child that read it ended with code 3"),
      ("echo nonsense", "the child that read it answered with something else than a description"),
      ("while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done", "printed more than 65536 bytes in a child process"),
    ])
  func misbehaves(script: String, reason: String) async throws {
    let file = try await PluginFile.check(CPlugin.build(as: "judged", in: workspace))
    var probe = try probe(script)
    probe.maximumOutput = 65536
    #expect(try await refusal(of: file, by: probe)?.reason == reason)
  }

  @Test("a child that hangs is ended at its deadline")
  func hangs() async throws {
    let file = try await PluginFile.check(CPlugin.build(as: "hung", in: workspace))
    let probe = try probe("exec sleep 600", deadline: .milliseconds(200))
    #expect(try await refusal(of: file, by: probe)?.reason == "loading it took longer than 0.2 seconds in a child process")
  }

  @Test("the child gets nothing of the environment but what a dynamic linker needs")
  func environment() async throws {
    let kept = ["PATH", "LD_LIBRARY_PATH", "HOME", "LANG", "TZ", "SWIFT_BACKTRACE"]
    let ours = ProcessInfo.processInfo.environment.keys
    try #require(ours.contains { !kept.contains($0) })
    let file = try await PluginFile.check(CPlugin.build(as: "curious", in: workspace))
    // What a shell sets by itself is none of ours.
    let others = "env -u PWD -u SHLVL -u OLDPWD -u _ | cut -d= -f1 | grep -vxE '\(kept.joined(separator: "|"))'"
    let probe = try probe("echo \"[$(\(others))]\" >&2; exit 1")
    #expect(try await refusal(of: file, by: probe)?.reason == "refused in a child process: []")
  }

  /// A probe waits for its child: not on the threads of the tests.
  private func refusal(of file: PluginFile, by probe: PluginProbe) async throws -> PluginRefusal? {
    try await onOwnThread { HubHostTests.refusal { _ = try probe.describe(file) } }
  }
}
