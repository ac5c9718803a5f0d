import ArgumentParser
import AsyncHTTPClient
import HubConfig
import UpstreamSocket

/// What every provider's samples can be told.
struct SimulationOptions: ParsableArguments {
  @OptionGroup var source: ConfigurationOption

  @Option(help: "The hub's address, such as that of a proxy before it; server.listen of the configuration when absent.")
  var url: String?

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
    guard (5...20).contains(from.count), from.allSatisfy({ $0.isASCII && $0.isNumber }) else {
      throw ValidationError("--from is a phone in digits with its country, such as 5511991230001")
    }
    guard count > 0 else { throw ValidationError("--count is 1 or more") }
  }

  func check(_ kind: some SimulatedKind) throws {
    if target != nil, !kind.needsTarget { throw ValidationError("--to-message is for --type status and --type reaction") }
  }

  /// Sends what was asked for, each after the message it is about where that isn't given.
  ///
  /// - Parameter send: posts one webhook, and says the id of what is in it.
  func run<Kind: SimulatedKind>(
    _ kind: Kind, _ text: String?, at keys: SimulationTarget.Keys,
    send: (_ kind: Kind, _ text: String, _ about: String?, SimulationTarget, HTTPClient) async throws -> String
  ) async throws {
    let receiver = try SimulationTarget(source.require(), keys, address: url, channel: channel, source: source)
    let words = text ?? kind.usualText
    try await HTTPClient.during { client in
      for _ in 0..<count {
        var target = target
        if kind.needsTarget, target == nil {
          let first = try await send(kind.precedent, Kind.text.usualText, nil, receiver, client)
          Terminal.complain("simulate: sent \(first) first, for the \(kind.rawValue) to be about")
          target = first
        }
        let id = try await send(kind, words, target, receiver, client)
        // A status has no id of its own.
        Terminal.say(kind == .status ? "\(target ?? id) \(words)" : id)
      }
    }
  }
}
