import Foundation
import HubTesting
import Testing

@testable import HubHost

/// A folder of its own for one test, removed at its end.
final class Workspace: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "hub-host-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ text: String, to name: String) throws -> String {
    let file = path + "/" + name
    try text.write(toFile: file, atomically: false, encoding: .utf8)
    return file
  }

  func chmod(_ mode: Int, _ name: String) throws {
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path + "/" + name)
  }
}

/// Builds C plugins with the system's compiler, as an outside author would.
enum CPlugin {
  static let include = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Sources/CHubPlugin/include").path
  static let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "HubHostPlugins")
    .path

  /// Compiles `Tests/HubHostPlugins/<source>.c` to `lib<name>.so` in the workspace.
  static func build(_ source: String = "plain", as name: String, in workspace: Workspace, _ flags: [String] = []) async throws -> String {
    try await compile(file: sources + "/\(source).c", as: name, in: workspace, flags)
  }

  /// Compiles a C text to `lib<name>.so` in the workspace.
  static func build(text: String, as name: String, in workspace: Workspace, _ flags: [String] = []) async throws -> String {
    try await compile(file: workspace.write(text, to: "\(name).c"), as: name, in: workspace, flags)
  }

  private static func compile(file: String, as name: String, in workspace: Workspace, _ flags: [String]) async throws -> String {
    let output = workspace.path + "/lib\(name).so"
    let command = [
      "/usr/bin/gcc", "-std=c11", "-O1", "-shared", "-fPIC", "-fvisibility=hidden", "-I", include, "-DNAME=\"\(name)\"", file, "-o", output,
    ]
    let result = try await ChildRun.of(command + flags)
    guard result.status == 0 else { throw BuildFailure(output: result.errors) }
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: output)
    return output
  }

  struct BuildFailure: Error { let output: String }
}

/// The refusal that `body` throws.
func refusal(_ body: () throws -> Void) -> PluginRefusal? {
  do {
    try body()
    return nil
  } catch {
    return error as? PluginRefusal
  }
}
