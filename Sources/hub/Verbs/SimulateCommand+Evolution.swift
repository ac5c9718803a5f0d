import ArgumentParser
import AsyncHTTPClient
import Foundation
import HubConfig
import HubModel
import OrderedJSON
import UpstreamSocket

extension SimulateCommand {
  struct Evolution: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "As an Evolution API server sends them.")

    @OptionGroup var source: ConfigurationOption

    @Option(help: "The hub's address, such as that of a proxy before it; server.listen of the configuration when absent.")
    var url: String?

    @Option(help: "What the message says; for a status its word (sent, delivered, read, failed), for a reaction the emoji.")
    var text: String?

    @Option(
      help:
        "\(EvolutionSample.Kind.allCases.map(\.rawValue).joined(separator: ", ")). An echo is typed on the account's phone, api is sent through the server: outbound."
    )
    var type = EvolutionSample.Kind.text

    @Option(help: "The contact's phone, digits.")
    var from = "5511991230001"

    @Option(help: "The sender's name.")
    var name = "Marina Prado"

    @Option(
      name: .customLong("to-message"),
      help: "The id of the message that a status or reaction is about, as printed here; without it such a message is sent first.")
    var target: String?

    @Option(help: "How many to send, each with its own id.")
    var count = 1

    @Option(help: "The channel of the configuration; the only enabled one that speaks this form when absent.")
    var channel: String?

    func validate() throws {
      if let url, UpstreamURL(url) == nil { throw ValidationError("--url is the address of a server, such as https://hub.example") }
      if type == .status, let text, EvolutionSample.statusWords[text] == nil {
        throw ValidationError("a status is one of sent, delivered, read, failed, not \"\(text)\"")
      }
      if target != nil, !type.needsTarget { throw ValidationError("--to-message is for --type status and --type reaction") }
      guard (5...15).contains(from.count), from.allSatisfy({ $0.isASCII && $0.isNumber }) else {
        throw ValidationError("--from is a phone in digits with its country, such as 5511991230001")
      }
      guard count > 0 else { throw ValidationError("--count is 1 or more") }
    }

    func run() async throws {
      let configuration = try source.require()
      let keys = SimulationTarget.Keys(
        plugin: "evolution", path: "webhook_path", defaultPath: "/api/whatsapp/webhook", secret: "webhook_secret")
      let evolution = try SimulationTarget(configuration, keys, address: url, channel: channel, source: source)
      try await HTTPClient.during { client in
        for _ in 0..<count {
          var target = target
          if type.needsTarget, target == nil {
            // Statuses are told of outbound messages only, people react to either.
            let first = try await send(type == .status ? .api : .text, "Hello from hub simulate", to: evolution, with: client)
            Terminal.complain("simulate: sent \(first) first, for the \(type.rawValue) to be about")
            target = first
          }
          let id = try await send(type, words, about: target, to: evolution, with: client)
          // A status has no id of its own.
          Terminal.say(type == .status ? "\(target ?? id) \(words)" : id)
        }
      }
    }

    private var words: String {
      if let text { return text }
      switch type {
      case .status: return "delivered"
      case .reaction: return "👍"
      default: return "Hello from hub simulate"
      }
    }

    /// Posts one webhook; the id of what is in it.
    private func send(
      _ kind: EvolutionSample.Kind, _ text: String, about target: String? = nil, to evolution: SimulationTarget, with client: HTTPClient
    ) async throws -> String {
      let date = Date()
      let id = "SIMULATED\(ULID(milliseconds: Int64(date.timeIntervalSince1970 * 1000)))"
      let sample = EvolutionSample(
        kind: kind, instance: evolution.account, from: from, name: name, text: text, target: target, id: id, date: date)
      let token = EvolutionSample.token(evolution.secret, at: date)
      try await evolution.post(sample.body.serialized(), proof: ("Authorization", "Bearer \(token)"), with: client)
      return id
    }
  }
}
