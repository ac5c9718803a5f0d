import Foundation
import Testing

@testable import HubHost

@Suite("Who may own and write plugins")
struct FileTrustTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  func check(_ path: String, folders: [String] = [], trust: FileTrust = FileTrust()) -> PluginRefusal? {
    refusal { _ = try PluginFile.check(path, folders: folders, trust: trust) }
  }

  @Test("case27: a file its group or everyone may write is refused, with the chmod that helps", arguments: [0o775, 0o757, 0o777])
  func case27_fileMode(mode: Int) async throws {
    let path = try await CPlugin.build(as: "open", in: workspace)
    try workspace.chmod(mode, "libopen.so")
    let found = check(path)
    #expect(found?.code == .mode)
    #expect(found?.reason.hasSuffix("(mode \(String(mode, radix: 8))); run: chmod go-w '\(path)'") == true)
    try workspace.chmod(0o755, "libopen.so")
    #expect(check(path) == nil)
  }

  @Test("case27: a folder above the file that others may write is refused by its own name")
  func case27_folderMode() async throws {
    let inner = workspace.path + "/inner"
    try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: false)
    let path = try await CPlugin.build(as: "inner", in: workspace)
    try FileManager.default.moveItem(atPath: path, toPath: inner + "/libinner.so")
    try workspace.chmod(0o777, "inner")
    let found = check(inner + "/libinner.so")
    #expect(found?.code == .mode)
    #expect(found?.reason.contains("run: chmod go-w '\(inner)'") == true)
  }

  @Test("a folder of the hub's own is refused when others may write there or own it")
  func ownFolder() throws {
    let folder = workspace.path + "/own"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    for mode in [0o775, 0o702, 0o777] {
      try workspace.chmod(mode, "own")
      let who = mode == 0o775 ? "its group" : "everyone"
      #expect(
        FileTrust().refusal(ofFolder: folder)
          == "may be written by \(who) (mode \(String(mode, radix: 8))); run: chmod go-w '\(folder)'")
    }
    try workspace.chmod(0o755, "own")
    #expect(FileTrust().refusal(ofFolder: folder) == nil)
    #expect(FileTrust(users: []).refusal(ofFolder: folder)?.contains("run: chown \(geteuid()) '\(folder)'") == true)
    #expect(FileTrust().refusal(ofFolder: folder + "/none")?.hasPrefix("cannot be looked at") == true)
  }

  @Test("case27: a sticky folder of root passes, as /tmp is one", .enabled(if: geteuid() == 0))
  func case27_sticky() async throws {
    let path = try await CPlugin.build(as: "sticky", in: workspace)
    chmod(workspace.path, 0o1777)
    #expect(check(path) == nil)
  }

  @Test("case27: a file of a user who is neither root nor the hub's is refused")
  func case27_owner() async throws {
    let path = try await CPlugin.build(as: "owned", in: workspace)
    let found = check(path, trust: FileTrust(users: [4_242_424]))
    #expect(found?.code == .owner)
    #expect(found?.reason.contains("belongs to user \(geteuid()), neither root nor the hub's user; run: chown root '\(path)'") == true)
  }

  @Test("case27: a link that leaves the folders of the path is refused, one that stays is followed")
  func case27_links() async throws {
    let outside = try Workspace()
    let target = try await CPlugin.build(as: "linked", in: outside)
    try FileManager.default.createSymbolicLink(atPath: workspace.path + "/liblinked.so", withDestinationPath: target)
    let finder = PluginFinder(folders: [workspace.path])
    #expect(refusal { _ = try finder.open("linked") }?.code == .outside)
    #expect(refusal { _ = try PluginFinder(folders: [workspace.path, outside.path]).open("linked") } == nil)

    let path = try await CPlugin.build(as: "versioned", in: workspace)
    try FileManager.default.moveItem(atPath: path, toPath: workspace.path + "/versioned@1.so")
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "versioned@1.so")
    let file = try finder.open("versioned")
    #expect(file.resolvedPath.hasSuffix("/versioned@1.so"))
  }
}
