import ArgumentParser
import Foundation
import HubConfig

struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Write a loopback-only hub.yaml and random secrets; nothing that exists is changed.")

  @Argument(help: "The folder to write into.")
  var folder = "."

  @Flag(help: "Only make the secrets that the folder's hub.yaml refers to.")
  var secrets = false

  func run() throws {
    let environment = ProcessInfo.processInfo.environment
    do throws(SecretMakerError) {
      if secrets {
        let outcomes = try SecretMaker.ensureSecrets(path: "\(folder)/hub.yaml", environment: environment)
        for outcome in outcomes where outcome.kind != .kept {
          Terminal.say("\(outcome.kind.rawValue) \(outcome.path)\(outcome.note.map { "  (\($0))" } ?? "")")
        }
        let missing = outcomes.count { $0.kind == .missing }
        if missing > 0 { throw SecretMakerError(message: "\(missing) of the secrets \(missing == 1 ? "is" : "are") missing") }
      } else {
        // Absolute, so that the next command works from wherever it is typed.
        let made = try HubInit.run(
          folder: DataFolder.absolute(folder), environment: environment, program: OwnProgram.command, plugins: OwnProgram.plugins)
        Terminal.say(made.text.trimmingCharacters(in: .newlines))
      }
    } catch {
      throw CommandFailure(.failure, error.message)
    }
  }
}
