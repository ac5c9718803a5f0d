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
        for outcome in try SecretMaker.ensureSecrets(path: "\(folder)/hub.yaml", environment: environment) where outcome.kind != .kept {
          Terminal.say("\(outcome.kind.rawValue) \(outcome.path)\(outcome.note.map { "  (\($0))" } ?? "")")
        }
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
