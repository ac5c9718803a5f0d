import ArgumentParser
import Foundation
import HubConfig

struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Look at the configuration in force.", subcommands: [Show.self])

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print every value with its origin; secrets stay references.")

    @OptionGroup var source: ConfigurationOption

    @Flag(help: "Print it as JSON.")
    var json = false

    func run() throws {
      let result = source.load()
      guard let effective = EffectiveConfig(result) else {
        Terminal.complain(CheckReport(file: source.file, result: result).text.trimmingCharacters(in: .newlines))
        throw CommandFailure(.configurationInvalid)
      }
      if json { Terminal.say(effective.json) } else { Terminal.say(effective.text.trimmingCharacters(in: .newlines)) }
    }
  }
}

struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "schema", abstract: "Print the JSON Schema of hub.yaml.")

  func run() { Terminal.say(ConfigSchema.json) }
}
