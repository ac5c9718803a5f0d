import ArgumentParser
import AsyncHTTPClient
import Foundation
import HubModel
import OrderedJSON

extension SimulateCommand {
  struct Evolution: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "As an Evolution API server sends them.")

    @Option(help: "What the message says; for a status its word (sent, delivered, read, failed), for a reaction the emoji.")
    var text: String?

    @Option(
      help: "\(EvolutionSample.Kind.list). An echo is typed on the account's phone, api is sent through the server: outbound.")
    var type = EvolutionSample.Kind.text

    @OptionGroup var options: SimulationOptions

    func validate() throws {
      try options.check(type)
      if type == .status, let text, EvolutionSample.statusWords[text] == nil {
        throw ValidationError("a status is one of sent, delivered, read, failed, not \"\(text)\"")
      }
      // What is longer is no phone at an Evolution server, but one of its hidden ids.
      guard options.from.count <= 15 else { throw ValidationError("--from has at most 15 digits") }
    }

    func run() async throws {
      let keys = SimulationTarget.Keys(
        plugin: "evolution", path: "webhook_path", defaultPath: "/api/whatsapp/webhook", secret: "webhook_secret")
      try await options.run(type, text, at: keys) { kind, text, target, evolution, client in
        let date = Date()
        let id = "SIMULATED\(ULID(milliseconds: Int64(date.timeIntervalSince1970 * 1000)))"
        let sample = EvolutionSample(
          kind: kind, instance: evolution.account, from: options.from, name: options.name, text: text, target: target, id: id, date: date)
        let token = EvolutionSample.token(evolution.secret, at: date)
        try await evolution.post(sample.body.serialized(), proof: ("Authorization", "Bearer \(token)"), with: client)
        return id
      }
    }
  }
}
