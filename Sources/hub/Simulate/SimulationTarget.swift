import AsyncHTTPClient
import Foundation
import HubConfig
import NIOCore
import NIOHTTP1
import OrderedJSON

/// The channel that samples go to: where it listens, for which account, proved with what.
struct SimulationTarget {
  /// Where a plugin's config says these things.
  struct Keys {
    let plugin: String
    let path: String
    let defaultPath: String
    let secret: String
  }

  let url: String
  let account: String
  let secret: [UInt8]
  private let file: String
  private let keys: Keys

  init(
    _ configuration: HubConfiguration, _ keys: Keys, address: String?, channel: String?, source: ConfigurationOption
  ) throws {
    let candidates = configuration.channels.filter {
      $0.value.enabled && $0.value.plugin == keys.plugin && ($0.name == channel || channel == nil)
    }
    guard let found = candidates.first else {
      throw CommandFailure(.failure, "no enabled channel \(channel ?? "with plugin \(keys.plugin)") in the configuration")
    }
    guard candidates.count == 1 else {
      throw CommandFailure(
        .usage, "several channels speak this form; name one with --channel: \(candidates.map(\.name).joined(separator: ", "))")
    }
    guard let account = found.value.accounts.names.first else { throw CommandFailure(.failure, "channel \(found.name) has no accounts") }
    self.account = account
    self.keys = keys
    file = source.file
    var base = try address ?? PublicURL.base(of: configuration)
    while base.hasSuffix("/") { base.removeLast() }
    url = base + (found.value.config[keys.path]?.string ?? keys.defaultPath)
    let handle = found.value.config[keys.secret].flatMap { $0.string ?? $0[0]?.string }
    secret = try source.secrets(of: configuration).require(
      handle.flatMap { SecretReference($0) }, for: "\(keys.secret) of channel \(found.name)")
  }

  /// Posts one webhook, which must be taken.
  func post(_ body: [UInt8], proof: (name: String, value: String), with client: HTTPClient) async throws {
    var request = HTTPClientRequest(url: url)
    request.method = .POST
    request.headers.add(name: "Content-Type", value: "application/json")
    request.headers.add(name: proof.name, value: proof.value)
    request.body = .bytes(ByteBuffer(bytes: body))
    let response: HTTPClientResponse
    do { response = try await client.execute(request, timeout: .seconds(30)) } catch {
      throw CommandFailure(.failure, "no hub answers at \(url) (\(PlainWords.of(error))); is the hub running?")
    }
    guard response.status != .unauthorized else {
      throw CommandFailure(
        .failure, "the hub at \(url) has another \(keys.secret) than \(file): it is another hub, or the secret was changed")
    }
    guard response.status == .ok else { throw CommandFailure(.failure, "\(url) answered \(response.status)") }
  }
}

extension HTTPClient {
  /// A client for the time of a command.
  static func during(_ body: (HTTPClient) async throws -> Void) async throws {
    let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: .once)
    do {
      try await body(client)
      try await client.shutdown()
    } catch {
      try? await client.shutdown()
      throw error
    }
  }
}
