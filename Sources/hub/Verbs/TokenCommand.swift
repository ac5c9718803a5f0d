import ArgumentParser
import Foundation
import HubAuth
import HubConfig

struct TokenCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token", abstract: "Make and check tokens, for development and support.", subcommands: [Make.self, Check.self])

  struct Make: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print a token signed with the configured secret.")

    @OptionGroup var source: ConfigurationOption

    @Option(help: "The tenant it is for.")
    var tenant: String

    @Option(help: "The user it is for.")
    var user: String

    @Option(help: "How long it holds, such as 90s, 15m, 1h.")
    var ttl: TokenLifetime = TokenLifetime(seconds: 3600)

    func run() async throws {
      let configuration = try source.require(using: [["auth", "jwt"]])
      let maker = TokenMaker(key: try await AuthComposition.tokenKey(configuration, secrets: source.secrets(of: configuration)))
      Terminal.say(try maker.token(tenant: tenant, user: user, ttl: ttl.seconds * 1000, now: Int64(Date().timeIntervalSince1970 * 1000)))
    }
  }

  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Say what a token holds and whether it would be accepted.")

    @OptionGroup var source: ConfigurationOption

    @Flag(help: "Print the report as JSON.")
    var json = false

    @Argument(help: "The token.")
    var token: String

    func run() async throws {
      let configuration = try source.require(using: [["auth", "jwt"]])
      let verifier = try await AuthComposition.verifier(configuration, secrets: source.secrets(of: configuration))
      guard let verifier else { throw CommandFailure(.failure, "auth.jwt is not configured") }
      let report = TokenReport(token, verifier: verifier, now: Int64(Date().timeIntervalSince1970 * 1000))
      if json { Terminal.say(report.json) } else { report.lines.forEach(Terminal.say) }
      if report.fault != nil { throw CommandFailure(.failure) }
    }
  }
}

/// A duration on the command line.
struct TokenLifetime: ExpressibleByArgument {
  let seconds: Int64

  init(seconds: Int64) { self.seconds = seconds }

  init?(argument: String) {
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    guard let last = argument.last, let unit = units[last], let count = Int64(argument.dropLast()), (1...1_000_000).contains(count) else {
      return nil
    }
    seconds = count * unit
  }

  var defaultValueDescription: String { "\(seconds / 3600)h" }
}
