import ArgumentParser
import Foundation
import HubConfig

/// `-c FILE`, and what every verb makes of it.
struct ConfigurationOption: ParsableArguments {
  @Option(name: [.customShort("c"), .customLong("config")], help: "The configuration file.")
  var file = "hub.yaml"

  var environment: [String: String] { ProcessInfo.processInfo.environment }

  func load() -> LoadResult {
    ConfigLoader.load(path: file, environment: environment, catalogue: ProbedCatalogue())
  }

  /// The configuration, or every finding on stderr and exit code 3.
  ///
  /// - Parameter needs: the keys that the command needs; errors elsewhere are only mentioned. Nil needs everything.
  func require(using needs: [[String]]? = nil) throws -> HubConfiguration {
    let result = load()
    if let configuration = result.configuration { return configuration }
    let report = CheckReport(file: file, result: result)
    guard let needs, let configuration = result.configuration(using: needs) else {
      Terminal.complain(report.text.trimmingCharacters(in: .newlines))
      throw CommandFailure(.configurationInvalid)
    }
    let count = report.errors == 1 ? "an error" : "\(report.errors) errors"
    Terminal.complain("hub: warning: \(file) has \(count) that this command can do without; see hub check -c \(file)")
    return configuration
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
