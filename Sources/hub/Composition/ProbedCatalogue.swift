import Foundation
import HubConfig
import HubHost
import OrderedJSON

/// Knows the plugins through a child process, so that checking a configuration runs no plugin code here.
struct ProbedCatalogue: PluginCatalogue {
  /// This program, asked to describe a plugin.
  static var probe: PluginProbe {
    PluginProbe(command: [OwnProgram.file, PluginDescribeCommand.name])
  }

  /// The plugins that came with this program.
  static var bundled: BundledPlugins {
    BundledPlugins(folder: URL(fileURLWithPath: OwnProgram.file).deletingLastPathComponent().path)
  }

  func plugin(named name: String, in folders: [String]) -> PluginInfo? {
    let report = PluginFinder(folders: folders).inspect(name, probe: Self.probe)
    if let refusal = report.refusal {
      guard refusal.code != .notFound, refusal.code != .badName else { return nil }
      return PluginInfo(name: name, kind: .channel, version: "", schema: "{}", error: "\(refusal)")
    }
    guard let description = report.descriptions.first(where: { $0.name == name }) else { return nil }
    return PluginInfo(
      name: name, kind: description.kind == .channel ? .channel : .sink, version: description.version,
      schema: description.configSchema.description, sha256: report.sha256)
  }

  func names(in folders: [String]) -> [String] { PluginFinder(folders: folders).names() }
}
