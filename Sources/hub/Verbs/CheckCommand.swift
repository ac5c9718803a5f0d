import ArgumentParser
import Foundation
import HubConfig

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "check", abstract: "Report every mistake in the configuration.")

  @OptionGroup var source: ConfigurationOption

  @Flag(help: "Print the report as JSON.")
  var json = false

  func run() throws {
    let report = CheckReport(file: source.file, result: source.load())
    if json {
      Terminal.say(report.json)
    } else {
      Terminal.say(report.text.trimmingCharacters(in: .newlines))
    }
    if report.errors > 0 { throw CommandFailure(.configurationInvalid) }
  }
}
