import ArgumentParser
import NIOHTTP1
import OrderedJSON

struct SendCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "send", abstract: "Put a message into the outbox of the running hub.",
    discussion: "Prints the message's id once it is stored. What becomes of it: hub outbox list, and the events of the conversation.")

  @OptionGroup var source: ConfigurationOption

  @Option(help: "A phone with its country, in any spelling, or the id of a conversation, cnv_….")
  var to: String

  @Option(help: "What the message says.")
  var text: String

  @Option(help: "The channel to send with; the only one when absent.")
  var channel: String?

  @Option(help: "The account to send from; the only one when absent.")
  var account: String?

  @Option(help: "Whose account it is; whosoever's fits when absent.")
  var tenant: String?

  @Flag(help: "Print the answer as it comes.")
  var json = false

  func run() async throws {
    var body: JSONObject = ["to": .string(to), "type": "text", "text": .string(text)]
    for (name, value) in [("channel", channel), ("account", account), ("tenant", tenant)] {
      if let value { body.append(name, .string(value)) }
    }
    let answer = try await AdminClient(source).call(.POST, "/admin/v1/send", body: .object(body))
    if json { return Terminal.say(answer) }
    Terminal.say("\(answer["message"]?["id"]?.string ?? "") \(answer["message"]?["status"]?.string ?? "")")
  }
}
