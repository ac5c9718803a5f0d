import ArgumentParser
import Foundation
import HubAuth
import HubConfig
import Logging
import NIOPosix
import OrderedJSON
import UpstreamSocket

struct ListenCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "listen", abstract: "Print every event of the running hub as one JSON line, as a Socket.IO client sees it.",
    discussion: "The token is made from the configuration's secret, unless one is given. What happens to the connection goes to stderr.")

  @OptionGroup var source: ConfigurationOption

  @Option(help: "The hub's address; server.listen of the configuration when absent.")
  var url: String?

  @Option(help: "The Engine.IO path.")
  var path = "/socket.io/"

  @Option(help: "The namespace to join; may be repeated.")
  var namespace: [String] = []

  @Option(help: "The dialect to ask for; the namespace's own when absent.")
  var dialect: String?

  @Option(help: "The tenant to listen for; the first account's when absent.")
  var tenant: String?

  @Option(help: "The user to listen as.")
  var user = "hub-listen"

  @Option(help: "A token to show instead of one made here.")
  var token: String?

  @Option(help: "A conversation to join; may be repeated.")
  var join: [String] = []

  func run() async throws {
    let target = try await target()
    guard let url = UpstreamURL(target.url) else { throw CommandFailure(.usage, "\(target.url) is not the address of a server") }
    var auth: JSONObject = ["token": .string(target.token)]
    if let dialect { auth["dialect"] = .string(dialect) }
    let payload = JSONValue.object(auth).serialized()
    var options = UpstreamOptions(url: url)
    options.path = path
    // Somebody is looking on, and one client more or less is no crowd.
    options.schedule = ReconnectSchedule(most: 2000)
    options.namespaces = (namespace.isEmpty ? ["/"] : namespace).map { UpstreamNamespace($0) { payload } }
    let (events, continuation) = AsyncStream.makeStream(of: UpstreamEvent.self)
    let quiet = Logger(label: "listen") { _ in SwiftLogNoOpLogHandler() }
    let socket = UpstreamSocket(options: options, group: MultiThreadedEventLoopGroup.singleton, logger: quiet) { continuation.yield($0) }
    socket.start()
    var wasConnected = false
    for await event in events {
      if case .connected = event { wasConnected = true }
      if case .disconnected(let end, _) = event, !wasConnected {
        throw CommandFailure(.failure, refusal(end, at: target.url))
      }
      try show(event, socket)
    }
  }

  private func refusal(_ end: UpstreamEnd, at url: String) -> String {
    guard end.status == 404 else { return "no hub answers at \(url) (\(end.reason)); is the hub running?" }
    return "\(url) answers, but not with Socket.IO on \(path): the paths of a hub are realtime.paths in its hub.yaml (say --path)"
  }

  private func show(_ event: UpstreamEvent, _ socket: UpstreamSocket) throws {
    switch event {
    case .connecting, .connected: break
    case .joined(let namespace, let id):
      Terminal.complain("listen: joined \(namespace) as \(id)")
      for conversation in join { ask(for: conversation, in: namespace, socket) }
    case .refused(let namespace, let message, let data, _):
      let detail = data.map { " " + String(decoding: $0, as: UTF8.self).printable } ?? ""
      throw CommandFailure(.failure, "listen: \(namespace) refused: \(message.printable)\(detail)")
    case .left(let namespace, let retry): Terminal.complain("listen: the server ended \(namespace); again in \(retry) ms")
    case .lost(let namespace, let bytes): Terminal.complain("listen: an event of \(namespace ?? "?") with \(bytes) bytes was too large")
    case .event(let namespace, let name, let arguments, _, _):
      Terminal.say(["namespace": .string(namespace), "event": .string(name), "args": (try? JSONValue(parsing: arguments)) ?? .null])
    case .dropped(let drop, let namespace): Terminal.complain("listen: something of \(namespace) was dropped: \(drop.rawValue)")
    case .disconnected(let end, let retry):
      Terminal.complain("listen: disconnected: \(end.reason)\(retry.map { "; again in \($0) ms" } ?? "")")
    }
  }

  private func ask(for conversation: String, in namespace: String, _ socket: UpstreamSocket) {
    socket.emit("conversation:join", arguments: JSONValue.array([.string(conversation)]).serialized(), namespace: namespace) { answer in
      guard case .answered(let arguments, _) = answer else { return Terminal.complain("listen: joining \(conversation): \(answer)") }
      Terminal.complain("listen: joining \(conversation): \(String(decoding: arguments, as: UTF8.self).printable)")
    }
  }

  /// Whose events there can be, the first account's first.
  private static func tenants(of configuration: HubConfiguration) -> [String] {
    var tenants: [String] = []
    let named = configuration.channels.filter(\.value.enabled).flatMap { $0.value.accounts.map(\.value.tenant) }
    for tenant in named + configuration.auth.apiKeys.compactMap(\.value.tenant) where !tenants.contains(tenant) { tenants.append(tenant) }
    return tenants
  }

  /// With an address and a token no configuration is needed.
  private func target() async throws -> (url: String, token: String) {
    if let url, let token { return (url, token) }
    let needs = (url == nil ? [["server", "listen"], ["server", "tls"]] : []) + (token == nil ? [["auth", "jwt"]] : [])
    // Of whose accounts and keys there are, only the names count, so that no secret but the token's is needed.
    let names = [["channels"], ["auth", "api_keys"]]
    let result = source.loadOptions(secrets: token == nil ? [["auth", "jwt"]] : [])
    let configuration = try source.require(result, using: needs + (token == nil && self.tenant == nil ? names : []))
    let address = try url ?? PublicURL.base(of: configuration)
    if let token { return (address, token) }
    let known = Self.tenants(of: configuration)
    guard let tenant = tenant ?? known.first else {
      throw CommandFailure(.usage, "no account in the configuration names a tenant; say --tenant")
    }
    if !known.contains(tenant), result.configuration(using: names) != nil {
      Terminal.complain(
        "listen: warning: no account in \(source.file) belongs to tenant \"\(tenant)\", so nothing will come; known: \(known.joined(separator: ", "))"
      )
    }
    let maker = TokenMaker(key: try await AuthComposition.tokenKey(configuration, secrets: source.secrets(of: configuration)))
    let day: Int64 = 86_400_000
    return (address, try maker.token(tenant: tenant, user: user, ttl: day, now: Int64(Date().timeIntervalSince1970 * 1000)))
  }
}
