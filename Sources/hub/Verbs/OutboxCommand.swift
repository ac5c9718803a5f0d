import ArgumentParser
import Foundation
import NIOCore
import NIOHTTP1
import OrderedJSON

struct OutboxCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "outbox", abstract: "See the messages that are still to be sent and those that could not be, and decide about them.",
    subcommands: [List.self, Retry.self, Drop.self])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List what is in the outbox, oldest first.")

    @OptionGroup var source: ConfigurationOption

    @Flag(help: "Only dead letters: rejected, or of unknown fate.")
    var dead = false

    @Option(help: "Only of this channel.")
    var channel: String?

    @Option(help: "How many at most.")
    var limit = 100

    @Flag(help: "Print the answer as it comes.")
    var json = false

    func validate() throws {
      guard limit > 0 else { throw ValidationError("--limit is 1 or more") }
    }

    func run() async throws {
      var query = ["limit=\(limit)"]
      if dead { query.append("dead=true") }
      if let channel { query.append("channel=\(channel.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? channel)") }
      let answer = try await AdminClient(source).call(.GET, "/admin/v1/outbox?\(query.joined(separator: "&"))")
      if json { return Terminal.say(answer) }
      let items = answer["items"]?.array ?? []
      for item in items { Terminal.say(Self.line(item)) }
      let counts = (answer["counts"]?.object ?? [:]).map { "\($0.value.description) \($0.key)" }
      Terminal.complain(counts.isEmpty ? "the outbox is empty" : counts.joined(separator: ", "))
    }

    private static func line(_ item: JSONValue) -> String {
      func text(_ name: String) -> String { item[name]?.string ?? "" }
      var line = "\(text("id"))  \(text("state"))  \(text("type"))  \(text("channel"))/\(text("account"))  \(text("acceptedAt"))"
      line += "  attempts \(item["attempts"]?.int64 ?? 0)"
      if let next = item["nextAttemptAt"]?.string { line += "  next \(next)" }
      let why = [text("code"), text("text")].filter { !$0.isEmpty }.joined(separator: ": ")
      return why.isEmpty ? line : "\(line)  \(why)"
    }
  }

  struct Retry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Send dead letters again, and waiting messages at once.",
      discussion: "A message of unknown fate may reach its receiver twice then: look there first.")

    @OptionGroup var source: ConfigurationOption
    @OptionGroup var choice: Choice

    func run() async throws { try await choice.run("retry", "sent again", source) }
  }

  struct Drop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give messages up that are not under way.",
      discussion: "Each is told as failed, with the code dropped. Of those of unknown fate, some may have been sent.")

    @OptionGroup var source: ConfigurationOption
    @OptionGroup var choice: Choice

    @Flag(help: "With --all and without --channel: yes, everything.")
    var yes = false

    func validate() throws {
      guard yes || !choice.all || choice.channel != nil else {
        throw ValidationError("--all gives up whatever is still to be sent: name a --channel, or add --yes")
      }
      guard !yes || choice.all else { throw ValidationError("--yes is for --all") }
    }

    func run() async throws { try await choice.run("drop", "dropped", source) }
  }

  /// Which messages a command is about.
  struct Choice: ParsableArguments {
    @Argument(help: "Their ids, as hub outbox list prints them.")
    var ids: [String] = []

    @Flag(help: "Every dead letter.")
    var dead = false

    @Flag(help: "All dead letters, and all that wait for their next attempt; to drop: also those that wait for their turn.")
    var all = false

    @Option(help: "With --dead or --all: only of this channel.")
    var channel: String?

    @Flag(help: "Print the answer as it comes.")
    var json = false

    func validate() throws {
      guard [!ids.isEmpty, dead, all].count(where: { $0 }) == 1 else {
        throw ValidationError("name messages by their ids, all dead letters with --dead, or all that does not go on by itself with --all")
      }
      guard channel == nil || dead || all else { throw ValidationError("--channel is for --dead and --all") }
    }

    func run(_ verb: String, _ done: String, _ source: ConfigurationOption) async throws {
      var body: JSONObject = dead ? ["dead": true] : all ? ["all": true] : ["ids": .array(ids.map { .string($0) })]
      if let channel { body.append("channel", .string(channel)) }
      // Each of very many is written to disk before this is answered.
      let answer = try await AdminClient(source).call(.POST, "/admin/v1/outbox/\(verb)", body: .object(body), timeout: .minutes(5))
      let left = (answer["left"]?.array ?? []).compactMap(\.string)
      if json {
        Terminal.say(answer)
      } else {
        for id in answer["ids"]?.array ?? [] { Terminal.say(id.string ?? "") }
        Terminal.complain("\(answer["ids"]?.array?.count ?? 0) \(done)")
      }
      if let problem = answer["problem"]?.string {
        throw CommandFailure(.failure, "stopped after these: \(problem); run it again for the others")
      }
      guard left.isEmpty else {
        throw CommandFailure(.failure, "not there, done, or under way: \(left.joined(separator: ", "))")
      }
    }
  }
}
