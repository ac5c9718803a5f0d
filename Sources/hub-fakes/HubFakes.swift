import ArgumentParser
import Glibc
import HubFakes

/// Providers to try a configuration with, without an account.
@main
struct HubFakesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hub-fakes", abstract: "Fake messaging providers, to try a configuration without an account.",
    discussion: """
      The first line on stdout is a JSON object with the address; what happens goes to stderr, a line each. Below /_fake/ of the same
      address customers write, and things go wrong, on request: docs/fakes.md.
      """,
    subcommands: [GraphCommand.self, EvolutionCommand.self, ChatEngineCommand.self])
}
