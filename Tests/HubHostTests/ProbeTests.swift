import Foundation
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
  func inspects() throws {
    let path = try CPlugin.build(as: "seen", in: workspace)
    let answer = try PluginProbe.describe(path: path).description
    let report = PluginFinder(folders: [workspace.path]).inspect("seen", probe: try probe("cat <<'END'\n\(answer)\nEND"))
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
  func misbehaves(script: String, reason: String) throws {
    let file = try PluginFile.check(CPlugin.build(as: "judged", in: workspace))
    var probe = try probe(script)
    probe.maximumOutput = 65536
    #expect(refusal { _ = try probe.describe(file) }?.reason == reason)
  }

  @Test("a child that hangs is ended at its deadline")
  func hangs() throws {
    let file = try PluginFile.check(CPlugin.build(as: "hung", in: workspace))
    let probe = try probe("exec sleep 600", deadline: .milliseconds(200))
    #expect(refusal { _ = try probe.describe(file) }?.reason == "loading it took longer than 0.2 seconds in a child process")
  }

  @Test("the child gets no secrets from the environment")
  func environment() throws {
    setenv("HUB_TEST_SECRET", "canary", 1)
    defer { unsetenv("HUB_TEST_SECRET") }
    let file = try PluginFile.check(CPlugin.build(as: "curious", in: workspace))
    let probe = try probe("echo \"[$HUB_TEST_SECRET]\" >&2; exit 1")
    #expect(refusal { _ = try probe.describe(file) }?.reason == "refused in a child process: []")
  }
}
