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

    /// Looks at one plugin, or at all there are in these folders.
    func reports(on name: String? = nil) throws -> (folders: [String], reports: [PluginReport]) {
      let bundled = ProbedCatalogue.bundled
      if let refusal = bundled.refusal { Terminal.complain("hub: \(refusal); no plugin counts as bundled") }
      var finder = PluginFinder(folders: folders, bundled: bundled)
      var quarantine: Quarantine?
      if folders.isEmpty {
        let configuration = try source.require(using: [["plugins"], ["data"]])
        finder = PluginFinder(folders: configuration.pluginFolders, bundled: bundled)
        quarantine = HostComposition.quarantine(configuration)
      }
      let names = name.map { [$0] } ?? finder.names()
      return (finder.folders, names.map { finder.inspect($0, probe: ProbedCatalogue.probe, quarantine: quarantine) })
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the plugins on the path, refused ones with the reason.")

    @OptionGroup var folders: Folders

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() throws {
      let (places, reports) = try folders.reports()
      if reports.isEmpty {
        let shown = places.map { FileManager.default.fileExists(atPath: $0) ? $0 : "\($0) (no such folder)" }
        Terminal.complain("hub: no plugin in \(shown.isEmpty ? "plugins.path, which is empty" : shown.joined(separator: ", "))")
      }
      if json { return Terminal.say(.array(reports.map(\.json))) }
      for report in reports {
        if let refusal = report.refusal {
          Terminal.say("\(report.plugin)  refused: \(refusal.reason)")
        }
        for description in report.descriptions where report.refusal == nil {
          Terminal.say(
            "\(description.name) \(description.version)  \(description.kind.rawValue)  \(report.isBundled ? "bundled" : "not bundled")  \(description.summary)"
          )
        }
        for mark in report.quarantine {
          Terminal.say("\(report.plugin)  quarantined: the hub went down while it started; try it again: rm '\(mark)'")
        }
      }
    }
  }

  struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a plugin's file, descriptor and configuration schema.",
      discussion: "With --json the schema is one member of a document for programs.")

    @Argument(help: "The plugin's name, as in `plugin:` of the configuration.")
    var name: String

    @OptionGroup var folders: Folders

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() throws {
      guard let report = try folders.reports(on: name).reports.first else { return }
      if json {
        Terminal.say(report.json)
      } else if report.refusal == nil {
        Self.lines(report).forEach(Terminal.say)
      }
      if let refusal = report.refusal { throw CommandFailure(.failure, "\(refusal)") }
    }

    private static func lines(_ report: PluginReport) -> [String] {
      var lines = [
        "file       \(report.resolvedPath)", "sha256     \(report.sha256)", "bundled    \(report.isBundled ? "yes" : "no")",
        "size       \(report.size)",
      ]
      if let note = report.note {
        lines.append("abi        \(note.major).\(note.minor)")
        lines.append("built by   \(note.toolchain)")
      }
      lines += report.quarantine.map { "quarantine try it again: rm '\($0)'" }
      for description in report.descriptions {
        lines.append("\(description.kind.rawValue.padding(10)) \(description.name) \(description.version): \(description.summary)")
        lines.append("needs      \(description.needs.joined(separator: " "))")
        lines.append("config     \(description.configSchema.indented.replacing("\n", with: "\n           "))")
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
