import Foundation
import HubTesting
import Testing

/// packaging/systemd/hub.service, judged by systemd's own tool.
@Suite("service unit", .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze"), "systemd is not installed"))
struct ServiceUnitTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hub-unit-\(UUID().uuidString)")

  /// The unit with a program that exists here, since the tool looks for it, in a folder of its own.
  private func prepared(adding line: String = "") throws -> String {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let unit = try String(contentsOf: root.appendingPathComponent("packaging/systemd/hub.service"), encoding: .utf8)
    #expect(unit.contains("ExecStart=/usr/lib/hub/bin/hub serve "))
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appendingPathComponent("hub.service")
    try unit.replacing("/usr/lib/hub/bin/hub", with: "/bin/true").replacing("[Service]\n", with: "[Service]\n\(line)")
      .write(to: file, atomically: true, encoding: .utf8)
    return file.path
  }

  private func analyze(_ arguments: [String]) async throws -> ChildRun { try await ChildRun.of(["/usr/bin/systemd-analyze"] + arguments) }

  @Test("systemd-analyze verify has nothing to say, and does see a mistake")
  func verify() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let clean = try await analyze(["verify", prepared()])
    #expect(clean.status == 0 && clean.output.isEmpty && clean.errors.isEmpty, "\(clean.output)\(clean.errors)")
    let planted = try await analyze(["verify", prepared(adding: "Tpye=notify\n")])
    #expect(planted.errors.contains("Tpye"))
  }

  @Test("case 44: the exposure score is at most 2.0")
  func case44_score() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let result = try await analyze(["security", "--offline=true", "--threshold=20", "--no-pager", prepared()])
    #expect(result.status == 0, "\(result.output.suffix(200))\(result.errors)")
  }
}
