import ArgumentParser
import Foundation
import HubConfig
import HubHost
import OrderedJSON

struct PluginCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plugin", abstract: "See which plugins there are and what they say of themselves.", subcommands: [List.self, Inspect.self])

  /// Where plugins are looked for: the folders given, else those of the configuration.
  struct Folders: ParsableArguments {
    @OptionGroup var source: ConfigurationOption

    @Option(name: .customLong("path"), help: "A folder with plugins, instead of plugins.path of the configuration; may be repeated.")
    var folders: [String] = []

    func finder() throws -> PluginFinder {
      if folders.isEmpty == false { return PluginFinder(folders: folders) }
      return PluginFinder(folders: try source.require(using: [["plugins"]]).pluginFolders)
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the plugins on the path, refused ones with the reason.")

    @OptionGroup var folders: Folders

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() throws {
      let finder = try folders.finder()
      let reports = finder.names().map { finder.inspect($0, probe: ProbedCatalogue.probe) }
      if reports.isEmpty {
        let places = finder.folders.map { FileManager.default.fileExists(atPath: $0) ? $0 : "\($0) (no such folder)" }
        Terminal.complain("hub: no plugin in \(places.isEmpty ? "plugins.path, which is empty" : places.joined(separator: ", "))")
      }
      if json { return Terminal.say(.array(reports.map(\.json))) }
      for report in reports {
        if let refusal = report.refusal {
          Terminal.say("\(report.plugin)  refused: \(refusal.reason)")
        }
        for description in report.descriptions where report.refusal == nil {
          Terminal.say("\(description.name) \(description.version)  \(description.kind.rawValue)  \(description.summary)")
        }
      }
    }
  }

  struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show a plugin's file, descriptor and configuration schema.")

    @Argument(help: "The plugin's name, as in `plugin:` of the configuration.")
    var name: String

    @OptionGroup var folders: Folders

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() throws {
      let report = try folders.finder().inspect(name, probe: ProbedCatalogue.probe)
      if json {
        Terminal.say(report.json)
      } else if report.refusal == nil {
        Self.lines(report).forEach(Terminal.say)
      }
      if let refusal = report.refusal { throw CommandFailure(.failure, "\(refusal)") }
    }

    private static func lines(_ report: PluginReport) -> [String] {
      var lines = ["file       \(report.resolvedPath)", "sha256     \(report.sha256)", "size       \(report.size)"]
      if let note = report.note {
        lines.append("abi        \(note.major).\(note.minor)")
        lines.append("built by   \(note.toolchain)")
      }
      for description in report.descriptions {
        lines.append("\(description.kind.rawValue.padding(10)) \(description.name) \(description.version): \(description.summary)")
        lines.append("needs      \(description.needs.joined(separator: " "))")
        lines.append("config     \(description.configSchema)")
      }
      return lines
    }
  }
}

extension String {
  fileprivate func padding(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

/// What `hub check` and `hub plugin` run as a child: the only place outside `hub serve` where plugin code runs.
struct PluginDescribeCommand: ParsableCommand {
  static let name = "plugin-describe"

  static let configuration = CommandConfiguration(
    commandName: name, abstract: "Print the descriptors of one plugin file.", shouldDisplay: false)

  @Argument var path: String

  func run() throws {
    do throws(PluginRefusal) {
      Terminal.say(try PluginProbe.describe(path: path))
    } catch {
      throw CommandFailure(.failure, "\(error)")
    }
  }
}
