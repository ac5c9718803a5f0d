import ArgumentParser
import HubServer
import NIOHTTP1
import OrderedJSON

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Ask the running hub how it is; fails when it is not ready.")

  @OptionGroup var source: ConfigurationOption

  @Flag(help: "Print the answer as it comes.")
  var json = false

  func run() async throws {
    let answer = try await AdminClient(source).call(.GET, "/admin/v1/status")
    let isReady = answer["ready"]?.bool == true
    if json { Terminal.say(answer) } else { tell(answer, isReady: isReady) }
    if !isReady { throw ExitCode.failure }
  }

  private func tell(_ answer: JSONValue, isReady: Bool) {
    Terminal.say(isReady ? "ready" : "not ready")
    for check in answer["checks"]?.array ?? [] {
      let detail = check["detail"]?.string.map { ": \($0)" } ?? ""
      Terminal.say("  \(check["ok"]?.bool == true ? "ok  " : "FAIL") \(check["name"]?.string ?? "")\(detail)")
    }
    for sink in answer["sinks"]?.array ?? [] where sink["lag"]?.int64 != 0 {
      Terminal.say("  \(sink["id"]?.string ?? "") is \(sink["lag"]?.int64 ?? 0) events behind")
    }
    for adapter in answer["adapters"]?.array ?? [] {
      let detail = adapter["detail"]?.string.map { $0.isEmpty ? "" : ": \($0)" } ?? ""
      let health = adapter["health"]?.string.map { $0 == "ok" ? "" : ", \($0)" } ?? ""
      Terminal.say(
        "  \(adapter["state"]?.string ?? "")\(health) \(adapter["id"]?.string ?? "") (\(adapter["plugin"]?.string ?? ""))\(detail)")
    }
  }
}

struct StopCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "stop", abstract: "Stop the running hub in good order and wait for its end.")

  @OptionGroup var source: ConfigurationOption

  @Flag(help: "Return as soon as the hub begins to stop.")
  var noWait = false

  func run() async throws {
    let client = try AdminClient(source)
    // Taken before it is asked: the lock of the data folder may be the next hub's as soon as this one has ended.
    let hub = noWait ? nil : client.peer
    _ = try await client.call(.POST, "/admin/v1/stop")
    guard let hub else { return Terminal.say(noWait ? "stopping" : "stopping; the end of its process cannot be seen from here") }
    hub.awaitEnd()
    Terminal.say("stopped")
  }
}
