import ArgumentParser
import HubFakes

struct GraphCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "graph", abstract: "Meta's Graph API with WhatsApp numbers and customers.")

  @OptionGroup var listening: ListenOptions

  @Option(help: "Where webhooks go, such as http://127.0.0.1:3333/webhooks/whatsapp; without it none are sent.")
  var webhook: String?

  @Option(help: "The file with the app secret that webhooks are signed with.")
  var appSecretFile: String?

  @Option(help: "The file with the token that verifies the webhook.")
  var verifyTokenFile: String?

  @Option(help: "The file with the access token; without it every token is let in.")
  var accessTokenFile: String?

  @Option(help: "A number of the business: its id, or ID=PHONE; may be repeated.")
  var phoneNumberID: [String] = []

  @Option(help: "Messages per second of one number; 0 is no limit.")
  var throughput = 80

  @Option(help: "Messages to one customer before it is one in six seconds; 0 is no limit.")
  var pairBurst = 45

  @Option(help: "How long after one another sent, delivered and read come.")
  var statusDelay = "200ms"

  @Flag(inversion: .prefixedNo, help: "Whether customers must have written within 24 hours.")
  var window = true

  func validate() throws {
    guard Span.milliseconds(statusDelay) != nil else {
      throw ValidationError("--status-delay is a time such as 200ms, not \"\(statusDelay)\"")
    }
    if webhook != nil, appSecretFile == nil { throw ValidationError("webhooks are signed: say --app-secret-file") }
  }

  func run() async throws {
    let numbers = (phoneNumberID.isEmpty ? ["118273645509812"] : phoneNumberID).map { text in
      let halves = text.split(separator: "=", maxSplits: 1).map(String.init)
      return halves.count == 2 ? GraphOptions.Number(id: halves[0], phone: halves[1]) : GraphOptions.Number(id: text)
    }
    var options = GraphOptions(
      numbers: numbers, webhook: webhook, appSecret: Array(try appSecretFile.map(SecretFile.text)?.utf8 ?? "".utf8),
      verifyToken: try verifyTokenFile.map(SecretFile.text) ?? "")
    options.accessTokens = try accessTokenFile.map { [try SecretFile.text($0)] } ?? []
    options.throughput = throughput
    options.pairBurst = pairBurst
    options.hasWindow = window
    options.statusDelay = Span.milliseconds(statusDelay) ?? 0
    try await listening.run(GraphProvider(options))
  }
}
