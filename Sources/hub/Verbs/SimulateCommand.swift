import ArgumentParser
import AsyncHTTPClient
import Crypto
import Foundation
import HubModel
import OrderedJSON

struct SimulateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate", abstract: "Send signed sample webhooks to the running hub.", subcommands: [Meta.self, Evolution.self])

  struct Meta: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "As Meta's Cloud API sends them.")

    @Option(
      help: "What the message says; for a status its word (\(MetaSample.statusWords.joined(separator: ", "))), for a reaction the emoji.")
    var text: String?

    @Option(help: "\(MetaSample.Kind.list). An echo is what a person types on the business phone: outbound.")
    var type = MetaSample.Kind.text

    @OptionGroup var options: SimulationOptions

    func validate() throws {
      try options.check(type)
      if type == .status, let text, !MetaSample.statusWords.contains(text) {
        throw ValidationError("a status is one of \(MetaSample.statusWords.joined(separator: ", ")), not \"\(text)\"")
      }
      // Empty takes the reaction back.
      if type == .reaction, let text, !text.isEmpty, text.count != 1 || text.allSatisfy(\.isASCII) {
        throw ValidationError("a reaction is one emoji, or empty to take it back, not \"\(text)\"")
      }
    }

    func run() async throws {
      let keys = SimulationTarget.Keys(plugin: "meta-cloud", path: "path", defaultPath: "/webhooks/whatsapp", secret: "app_secret")
      try await options.run(type, text, at: keys) { kind, text, target, meta, client in
        let milliseconds = Int64(Date().timeIntervalSince1970 * 1000)
        let id = "wamid.SIMULATED\(ULID(milliseconds: milliseconds))"
        let sample = MetaSample(
          kind: kind, account: meta.account, from: options.from, name: options.name, text: text, target: target, id: id,
          seconds: milliseconds / 1000)
        let body = sample.body.serialized()
        let signature = HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: meta.secret))
        let proof = "sha256=" + signature.map { String(format: "%02x", $0) }.joined()
        try await meta.post(body, proof: ("X-Hub-Signature-256", proof), with: client)
        return id
      }
    }
  }
}
