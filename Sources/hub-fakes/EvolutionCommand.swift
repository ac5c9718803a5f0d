import ArgumentParser
import HubFakes

struct EvolutionCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evolution", abstract: "An Evolution API server with open instances.",
    discussion: "Sockets may join /NAME only once the server has had an event of it.")

  @OptionGroup var listening: ListenOptions

  @Option(help: "An instance, or NAME=TOKEN where its token is not to be token-NAME; may be repeated.")
  var instance: [String] = []

  @Option(help: "The server's key.")
  var apiKey = "fake-evolution-key"

  @Flag(help: "Every event also goes to the namespace /.")
  var global = false

  @Flag(help: "There is no Socket.IO server.")
  var noSockets = false

  @Flag(help: "Sockets from loopback need no key, as is the server's default.")
  var trustLoopback = false

  @Option(help: "Where webhooks go, such as http://127.0.0.1:3333/api/whatsapp/webhook; without it none are sent.")
  var webhook: String?

  @Option(help: "The file with the jwt_key of the webhooks.")
  var webhookSecretFile: String?

  @Flag(help: "The event is appended to the path of webhooks.")
  var byEvents = false

  @Flag(help: "Media go along in webhooks.")
  var base64 = false

  @Flag(help: "The instance's token is in every envelope.")
  var exposeKeys = false

  @Option(
    help:
      "The server's version, which says how bytes are written: \(EvolutionOptions.Release.allCases.map(\.rawValue).joined(separator: ", "))."
  )
  var release = EvolutionOptions.Release.v236.rawValue

  @Option(help: "How far the server's clock is from UTC.")
  var clockOffset = "-3h"

  @Option(help: "How long after one another the states of a message come.")
  var statusDelay = "200ms"

  @Option(help: "How long a message is not in the database yet.")
  var storeDelay = "0s"

  @Option(help: "How long a socket may be without a namespace.")
  var connectTimeout = "45s"

  func validate() throws {
    for (name, text) in [
      ("clock-offset", clockOffset), ("status-delay", statusDelay), ("store-delay", storeDelay), ("connect-timeout", connectTimeout),
    ] where Span.milliseconds(text) == nil { throw ValidationError("--\(name) is a time such as 200ms, not \"\(text)\"") }
    for text in instance where text.isEmpty || text.hasPrefix("=") || text.hasSuffix("=") {
      throw ValidationError("--instance is NAME or NAME=TOKEN, not \"\(text)\"")
    }
    guard EvolutionOptions.Release(rawValue: release) != nil else {
      throw ValidationError("--release is 2.3.5 or 2.3.6, not \"\(release)\"")
    }
  }

  func run() async throws {
    let halves = (instance.isEmpty ? ["loja-centro"] : instance).map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
    var options = EvolutionOptions(instances: halves.map { $0[0] }, apiKey: apiKey)
    for pair in halves where pair.count == 2 { options.tokens[pair[0]] = pair[1] }
    options.release = EvolutionOptions.Release(rawValue: release) ?? .v236
    options.isGlobal = global
    options.hasSockets = !noSockets
    options.trustsLoopback = trustLoopback
    options.webhook = webhook
    options.webhookHeaders = try webhookSecretFile.map { [("jwt_key", try SecretFile.text($0))] } ?? []
    options.webhookByEvents = byEvents
    options.webhookBase64 = base64
    options.exposesKeys = exposeKeys
    options.clockOffset = Span.milliseconds(clockOffset) ?? 0
    options.statusDelay = Span.milliseconds(statusDelay) ?? 0
    options.storeDelay = Span.milliseconds(storeDelay) ?? 0
    options.connectTimeout = Span.milliseconds(connectTimeout) ?? 45_000
    try await listening.run(EvolutionProvider(options))
  }
}
