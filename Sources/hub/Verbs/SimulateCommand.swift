import ArgumentParser
import AsyncHTTPClient
import Crypto
import Foundation
import HubConfig
import HubModel
import OrderedJSON
import UpstreamSocket

struct SimulateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate", abstract: "Send signed sample webhooks to the running hub.", subcommands: [Meta.self, Evolution.self])

  struct Meta: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "As Meta's Cloud API sends them.")

    @OptionGroup var source: ConfigurationOption

    @Option(help: "The hub's address, such as that of a proxy before it; server.listen of the configuration when absent.")
    var url: String?

    @Option(
      help: "What the message says; for a status its word (\(MetaSample.statusWords.joined(separator: ", "))), for a reaction the emoji.")
    var text: String?

    @Option(
      help:
        "\(MetaSample.Kind.allCases.map(\.rawValue).joined(separator: ", ")). An echo is what a person types on the business phone: outbound."
    )
    var type = MetaSample.Kind.text

    @Option(help: "The contact's phone, digits.")
    var from = "5511991230001"

    @Option(help: "The sender's name.")
    var name = "Marina Prado"

    @Option(
      name: .customLong("to-message"),
      help: "The id (wamid) of the message that a status or reaction is about, as printed here; without it such a message is sent first.")
    var target: String?

    @Option(help: "How many to send, each with its own id.")
    var count = 1

    @Option(help: "The channel of the configuration; the only enabled one that speaks this form when absent.")
    var channel: String?

    func validate() throws {
      if let url, UpstreamURL(url) == nil { throw ValidationError("--url is the address of a server, such as https://hub.example") }
      if type == .status, let text, !MetaSample.statusWords.contains(text) {
        throw ValidationError("a status is one of \(MetaSample.statusWords.joined(separator: ", ")), not \"\(text)\"")
      }
      // Empty takes the reaction back.
      if type == .reaction, let text, !text.isEmpty, text.count != 1 || text.allSatisfy(\.isASCII) {
        throw ValidationError("a reaction is one emoji, or empty to take it back, not \"\(text)\"")
      }
      if target != nil, !type.needsTarget { throw ValidationError("--to-message is for --type status and --type reaction") }
      guard (5...20).contains(from.count), from.allSatisfy({ $0.isASCII && $0.isNumber }) else {
        throw ValidationError("--from is a phone in digits with its country, such as 5511991230001")
      }
      guard count > 0 else { throw ValidationError("--count is 1 or more") }
    }

    func run() async throws {
      let configuration = try source.require()
      let keys = SimulationTarget.Keys(plugin: "meta-cloud", path: "path", defaultPath: "/webhooks/whatsapp", secret: "app_secret")
      let meta = try SimulationTarget(configuration, keys, address: url, channel: channel, source: source)
      try await HTTPClient.during { client in
        for _ in 0..<count {
          var target = target
          if type.needsTarget, target == nil {
            // Statuses are told of outbound messages only, people react to either.
            let first = try await send(type == .status ? .echo : .text, "Hello from hub simulate", to: meta, with: client)
            Terminal.complain("simulate: sent \(first) first, for the \(type.rawValue) to be about")
            target = first
          }
          let id = try await send(type, words, about: target, to: meta, with: client)
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
      _ kind: MetaSample.Kind, _ text: String, about target: String? = nil, to meta: SimulationTarget, with client: HTTPClient
    ) async throws -> String {
      let milliseconds = Int64(Date().timeIntervalSince1970 * 1000)
      let id = "wamid.SIMULATED\(ULID(milliseconds: milliseconds))"
      let sample = MetaSample(
        kind: kind, account: meta.account, from: from, name: name, text: text, target: target, id: id, seconds: milliseconds / 1000)
      let body = sample.body.serialized()
      let signature = HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: meta.secret))
      let proof = "sha256=" + signature.map { String(format: "%02x", $0) }.joined()
      try await meta.post(body, proof: ("X-Hub-Signature-256", proof), with: client)
      return id
    }
  }
}
