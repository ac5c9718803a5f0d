import ArgumentParser
import NIOHTTP1
import OrderedJSON

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "status", abstract: "Ask the running hub how it is.")

  @OptionGroup var source: ConfigurationOption

  @Flag(help: "Print the answer as it comes.")
  var json = false

  func run() async throws {
    let answer = try await AdminClient(source).call(.GET, "/admin/v1/status")
    if json { return Terminal.say(answer) }
    Terminal.say(answer["ready"]?.bool == true ? "ready" : "not ready")
    for check in answer["checks"]?.array ?? [] {
      let detail = check["detail"]?.string.map { ": \($0)" } ?? ""
      Terminal.say("  \(check["ok"]?.bool == true ? "ok  " : "FAIL") \(check["name"]?.string ?? "")\(detail)")
    }
    for sink in answer["sinks"]?.array ?? [] where sink["lag"]?.int64 != 0 {
      Terminal.say("  \(sink["id"]?.string ?? "") is \(sink["lag"]?.int64 ?? 0) events behind")
    }
    for adapter in answer["adapters"]?.array ?? [] {
      Terminal.say("  \(adapter["state"]?.string ?? "") \(adapter["id"]?.string ?? "") (\(adapter["plugin"]?.string ?? ""))")
    }
  }
}

struct StopCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "stop", abstract: "Stop the running hub in good order.")

  @OptionGroup var source: ConfigurationOption

  func run() async throws {
    _ = try await AdminClient(source).call(.POST, "/admin/v1/stop")
    Terminal.say("stopping")
  }
}
