import ArgumentParser
import Foundation
import HubConfig
import Logging

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "serve", abstract: "Run the hub until SIGTERM or SIGINT.")

  @OptionGroup var source: ConfigurationOption

  @Option(help: "trace, debug, info, notice, warning, error or critical.")
  var logLevel = LogLevel(level: .info)

  func run() async throws {
    let result = source.load(toServe: true)
    guard let configuration = result.configuration, let late = LateAdapters(result, environment: source.environment) else {
      Terminal.complain(CheckReport(file: source.file, result: result).text.trimmingCharacters(in: .newlines))
      throw CommandFailure(.configurationInvalid)
    }
    let folder = try DataFolder(path: configuration.dataFolder)
    let log = HeldLog()
    // However it ends: what was logged is seen.
    defer { log.release() }
    let hub = try await RunningHub(
      configuration, late: late, secrets: source.secrets(of: configuration), environment: source.environment, level: logLevel.level,
      log: log,
      warnings: result.diagnostics.map { DiagnosticText.render($0).trimmingCharacters(in: .newlines) })
    try await hub.runUntilStopped()
    withExtendedLifetime(folder) {}
  }
}
