import ArgumentParser
import Foundation
import HubConfig

/// `-c FILE`, and what every verb makes of it.
struct ConfigurationOption: ParsableArguments {
  @Option(name: [.customShort("c"), .customLong("config")], help: "The configuration file.")
  var file = "hub.yaml"

  var environment: [String: String] { ProcessInfo.processInfo.environment }

  /// - Parameter toServe: whether the hub is to run with it here, so that no secret may be out of reach.
  func load(toServe: Bool = false) -> LoadResult {
    ConfigLoader.load(path: file, environment: environment, catalogue: ProbedCatalogue(), toServe: toServe)
  }

  /// What the file itself says: no plugin is run, and only the secrets below these keys are looked at.
  func loadOptions(secrets: [[String]]) -> LoadResult {
    ConfigLoader.loadOptions(path: file, environment: environment, secrets: secrets)
  }

  /// The configuration, or every finding on stderr and exit code 3.
  func require() throws -> HubConfiguration {
    let result = load()
    guard let configuration = result.configuration else { throw refusal(CheckReport(file: file, result: result)) }
    return configuration
  }

  /// The same for a command that needs only these keys; errors elsewhere are only mentioned.
  func require(using needs: [[String]]) throws -> HubConfiguration { try require(loadOptions(secrets: needs), using: needs) }

  /// The same of options already loaded.
  func require(_ result: LoadResult, using needs: [[String]]) throws -> HubConfiguration {
    let report = CheckReport(file: file, result: result)
    guard let configuration = result.configuration(using: needs) else { throw refusal(report) }
    guard report.errors > 0 else { return configuration }
    let count = report.errors == 1 ? "an error" : "\(report.errors) errors"
    Terminal.complain("hub: warning: \(file) has \(count) that this command can do without; see hub check -c \(file)")
    return configuration
  }

  private func refusal(_ report: CheckReport) -> CommandFailure {
    Terminal.complain(report.text.trimmingCharacters(in: .newlines))
    return CommandFailure(.configurationInvalid)
  }

  func secrets(of configuration: HubConfiguration) -> SecretResolver {
    SecretResolver(folder: configuration.folder, environment: environment)
  }
}

extension SecretResolver {
  /// The value behind a reference that has to be there.
  func require(_ reference: SecretReference?, for what: String) throws -> [UInt8] {
    guard let reference else { throw CommandFailure(.failure, "\(what) is not configured") }
    do {
      guard let value = try resolve(reference) else { throw CommandFailure(.failure, "\(what): \(reference) is not set") }
      return value.exposed
    } catch let error as SecretError {
      throw CommandFailure(.failure, "\(what): \(error.message)")
    }
  }
}
