import Foundation
import OrderedJSON
import Testing

@testable import HubHost

@Suite("The manifest of bundled plugins")
struct BundledPluginsTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  func manifest(_ text: String) throws -> BundledPlugins {
    _ = try workspace.write(text, to: BundledPlugins.fileName)
    try workspace.chmod(0o644, BundledPlugins.fileName)
    return BundledPlugins(folder: workspace.path)
  }

  @Test("a file whose digest is listed is bundled until a byte of it changes")
  func modified() async throws {
    let path = try await CPlugin.build(as: "listed", in: workspace)
    let digest = try PluginFile.check(path).sha256
    let bundled = try manifest("\(digest)  liblisted.so\n")
    let finder = PluginFinder(folders: [workspace.path], bundled: bundled)
    #expect(finder.inspect("listed", probe: nil).isBundled)
    #expect(finder.inspect("listed", probe: nil).json["bundled"]?.bool == true)

    let file = try FileHandle(forUpdating: URL(filePath: path))
    try file.seekToEnd()
    try file.write(contentsOf: Data([0]))
    try file.close()
    let changed = finder.inspect("listed", probe: nil)
    #expect(changed.refusal == nil)
    #expect(!changed.isBundled)
    #expect(changed.json["bundled"]?.bool == false)
  }

  @Test("the digest counts, not the name or the folder")
  func digest() async throws {
    _ = try await CPlugin.build(as: "origin", in: workspace)
    let digest = try PluginFinder(folders: [workspace.path]).open("origin").sha256
    let bundled = try manifest("\(digest)  libother.so\n")
    #expect(PluginFinder(folders: [workspace.path], bundled: bundled).inspect("origin", probe: nil).isBundled)
  }

  @Test("without a manifest nothing is bundled, and that is no failure")
  func missing() throws {
    let bundled = BundledPlugins(folder: workspace.path + "/nowhere")
    #expect(bundled.refusal == nil)
    #expect(!bundled.contains(String(repeating: "a", count: 64)))
  }

  @Test("a manifest that others may write does not count, and the chmod is named")
  func mode() throws {
    let digest = String(repeating: "a", count: 64)
    #expect(try manifest("\(digest)  liba.so\n").contains(digest))
    try workspace.chmod(0o666, BundledPlugins.fileName)
    let bundled = BundledPlugins(folder: workspace.path)
    #expect(bundled.refusal?.code == .mode)
    #expect(bundled.refusal?.reason.contains("chmod go-w") == true)
    #expect(!bundled.contains(digest))
  }

  @Test("a manifest of another user does not count")
  func owner() throws {
    let digest = String(repeating: "a", count: 64)
    _ = try manifest("\(digest)  liba.so\n")
    let bundled = BundledPlugins(folder: workspace.path, trust: FileTrust(users: [4_294_967_294]))
    #expect(bundled.refusal?.code == .owner)
    #expect(!bundled.contains(digest))
  }

  @Test(
    "a manifest with a line that is no digest and name counts as a whole for nothing",
    arguments: ["nonsense", "ABCDEF  liba.so", String(repeating: "g", count: 64) + "  liba.so", String(repeating: "a", count: 64)])
  func malformed(line: String) throws {
    let digest = String(repeating: "b", count: 64)
    let bundled = try manifest("\(digest)  libb.so\n\(line)\n")
    #expect(bundled.refusal?.code == .badManifest)
    #expect(bundled.refusal?.reason.hasPrefix("line 2 ") == true)
    #expect(!bundled.contains(digest))
  }

  @Test("a manifest of absurd size is not read")
  func size() throws {
    let bundled = try manifest(String(repeating: "\(String(repeating: "a", count: 64))  liba.so\n", count: 1000))
    #expect(bundled.refusal?.code == .unreadable)
  }
}
