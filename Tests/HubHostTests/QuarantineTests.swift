import Foundation
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
    #expect(found?.reason.contains(workspace.path + "/marks/loading-bad-main") == true)
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

  @Test("an adapter's id never leaves the folder")
  func names() throws {
    try quarantine.enter("../../evil", plugin: "bad", sha256: "aa")
    #expect(FileManager.default.fileExists(atPath: workspace.path + "/marks/loading-bad-.._.._evil"))
  }
}
