import Foundation
import HubHost

/// This program on disk.
enum OwnProgram {
  /// Its file, links followed.
  static let file = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]

  /// What the user would type to call it again from anywhere.
  static var command: String {
    let typed = CommandLine.arguments[0]
    return typed.contains("/") ? URL(fileURLWithPath: typed).standardizedFileURL.path : typed
  }

  /// The folder with its plugins: beside it as in a build, or `plugins` beside its folder as in an installation.
  static var plugins: String? {
    let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
    let candidates = [folder, folder.deletingLastPathComponent().appendingPathComponent("plugins")].map(\.standardizedFileURL.path)
    return candidates.first { PluginFinder(folders: [$0]).names().isEmpty == false }
  }
}
