import ArgumentParser
import Foundation

/// The command line. Results go to stdout, everything else to stderr.
@main
struct Hub: AsyncParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "hub", abstract: "Between messaging providers and web frontends: stores every event, then serves it live.",
    discussion: """
      Exit codes: 0 ok, 1 failure, 2 usage, 3 configuration invalid, 4 connection test failed, 5 already running.
      """,
    version: version,
    subcommands: [
      InitCommand.self, ServeCommand.self, CheckCommand.self, StatusCommand.self, StopCommand.self, ListenCommand.self,
      SimulateCommand.self, SendCommand.self, OutboxCommand.self, TokenCommand.self, PluginCommand.self, ConfigCommand.self,
      SchemaCommand.self, VersionCommand.self,
      PluginDescribeCommand.self,
    ])

  static func main() async {
    // A peer that goes away is an error of that write, not of the process.
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch let failure as CommandFailure {
      if failure.message.isEmpty == false { Terminal.complain("hub: \(failure.message)") }
      Foundation.exit(failure.status.rawValue)
    } catch {
      end(with: error)
    }
  }

  /// Help and version are results; a mistake on the command line is exit code 2, whatever the parser's own number for it is.
  private static func end(with error: any Error) -> Never {
    let text = fullMessage(for: error)
    switch exitCode(for: error) {
    case .success:
      print(text)
      Foundation.exit(ExitStatus.ok.rawValue)
    case .validationFailure:
      Terminal.complain(text)
      Foundation.exit(ExitStatus.usage.rawValue)
    default:
      // A command that has said all there is to say ends with a bare exit code.
      if !text.isEmpty { Terminal.complain("hub: \(text)") }
      Foundation.exit(ExitStatus.failure.rawValue)
    }
  }
}
