import ArgumentParser
import AsyncHTTPClient
import Crypto
import Foundation
import HubConfig
import HubModel
import NIOCore
import NIOHTTP1
import OrderedJSON

struct SimulateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate", abstract: "Send signed sample webhooks to the running hub.", subcommands: [Meta.self])

  struct Meta: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "As Meta's Cloud API sends them.")

    @OptionGroup var source: ConfigurationOption

    @Option(help: "What the message says; for a status its word, for a reaction the emoji.")
    var text = "Hello from hub simulate"

    @Option(help: "\(MetaSample.Kind.allCases.map(\.rawValue).joined(separator: ", ")).")
    var type = MetaSample.Kind.text

    @Option(help: "The sender's phone, digits.")
    var from = "5511991230001"

    @Option(help: "The sender's name.")
    var name = "Marina Prado"

    @Option(help: "The provider's id of the message that a status or reaction is about.")
    var target: String?

    @Option(help: "How many to send, each with its own id.")
    var count = 1

    @Option(help: "The channel of the configuration; the only enabled one that speaks this form when absent.")
    var channel: String?

    func run() async throws {
      let configuration = try source.require()
      let target = try MetaTarget(configuration, channel: channel, secrets: source.secrets(of: configuration))
      let client = HTTPClient(eventLoopGroupProvider: .singleton)
      do {
        for _ in 0..<count { try await send(to: target, with: client) }
        try await client.shutdown()
      } catch {
        try? await client.shutdown()
        throw error
      }
    }

    private func send(to meta: MetaTarget, with client: HTTPClient) async throws {
      let milliseconds = Int64(Date().timeIntervalSince1970 * 1000)
      let id = "wamid.SIMULATED\(ULID(milliseconds: milliseconds))"
      let sample = MetaSample(
        kind: type, account: meta.account, from: from, name: name, text: text, target: target, id: id, seconds: milliseconds / 1000)
      let body = sample.body.serialized()
      let signature = HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: meta.secret))
      var request = HTTPClientRequest(url: meta.url)
      request.method = .POST
      request.headers.add(name: "Content-Type", value: "application/json")
      request.headers.add(name: "X-Hub-Signature-256", value: "sha256=" + signature.map { String(format: "%02x", $0) }.joined())
      request.body = .bytes(ByteBuffer(bytes: body))
      let response: HTTPClientResponse
      do { response = try await client.execute(request, timeout: .seconds(30)) } catch {
        throw CommandFailure(.failure, "\(meta.url) does not answer (\(error)); is the hub running?")
      }
      guard response.status == .ok else { throw CommandFailure(.failure, "\(meta.url) answered \(response.status)") }
      Terminal.say(id)
    }
  }
}

/// The channel that samples go to: where it listens, for which account, signed with what.
private struct MetaTarget {
  let url: String
  let account: String
  let secret: [UInt8]

  init(_ configuration: HubConfiguration, channel: String?, secrets: SecretResolver) throws {
    let candidates = configuration.channels.filter {
      $0.value.enabled && $0.value.plugin == "meta-cloud" && ($0.name == channel || channel == nil)
    }
    guard let found = candidates.first else {
      throw CommandFailure(.failure, "no enabled channel \(channel ?? "with plugin meta-cloud") in the configuration")
    }
    guard candidates.count == 1 else {
      throw CommandFailure(
        .usage, "several channels speak this form; name one with --channel: \(candidates.map(\.name).joined(separator: ", "))")
    }
    guard let account = found.value.accounts.names.first else { throw CommandFailure(.failure, "channel \(found.name) has no accounts") }
    self.account = account
    url = try PublicURL.base(of: configuration) + (found.value.config["path"]?.string ?? "/webhooks/whatsapp")
    let handle = found.value.config["app_secret"].flatMap { $0.string ?? $0[0]?.string }
    secret = try secrets.require(handle.flatMap { SecretReference($0) }, for: "app_secret of channel \(found.name)")
  }
}
