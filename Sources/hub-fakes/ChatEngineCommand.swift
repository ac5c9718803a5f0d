import ArgumentParser
import HubFakes

struct ChatEngineCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "chatengine", abstract: "A ChatEngine server with workspaces.")

  @OptionGroup var listening: ListenOptions

  @Option(help: "A workspace and its token, such as ws_norte=TOKEN; may be repeated.")
  var workspace: [String] = []

  @Flag(help: "A conversation's events go to the whole workspace, subscribed or not.")
  var pushEverything = false

  @Option(help: "How long after one another the states of a message come.")
  var statusDelay = "200ms"

  func validate() throws {
    guard Span.milliseconds(statusDelay) != nil else {
      throw ValidationError("--status-delay is a time such as 200ms, not \"\(statusDelay)\"")
    }
    for text in workspace where text.split(separator: "=", maxSplits: 1).count != 2 {
      throw ValidationError("--workspace is ID=TOKEN, not \"\(text)\"")
    }
  }

  func run() async throws {
    var tokens: [String: String] = [:]
    for text in workspace.isEmpty ? ["ws_norte=fake-chatengine-token"] : workspace {
      let halves = text.split(separator: "=", maxSplits: 1).map(String.init)
      tokens[halves[0]] = halves[1]
    }
    var options = ChatEngineOptions(tokens: tokens)
    options.pushesEverything = pushEverything
    options.statusDelay = Span.milliseconds(statusDelay) ?? 0
    try await listening.run(ChatEngineProvider(options))
  }
}
