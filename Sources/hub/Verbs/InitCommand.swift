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
        Terminal.say(try HubInit.run(folder: folder, environment: environment).text.trimmingCharacters(in: .newlines))
      }
    } catch {
      throw CommandFailure(.failure, error.message)
    }
  }
}
