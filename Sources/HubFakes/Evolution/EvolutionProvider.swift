import HubModel
package import OrderedJSON

/// An Evolution API server: instances that send and receive, events by Socket.IO and webhooks, and a database to look into.
package struct EvolutionProvider: FakeProvider {
  /// What happens to a message that was sent, or to a customer who types.
  enum Sequel: Sendable {
    case state(instance: String, message: String, state: String)
    case presence(instance: String, chat: String, presence: String)
  }

  package let name = "evolution"
  let options: EvolutionOptions
  var address = ""
  var random: FakeRandom
  var lastCall = 0
  var instances: [String: EvolutionInstance] = [:]
  /// The namespaces that this run of the server has made, by first emitting to them.
  var namespaces: Set<String> = []
  var webhooks: WebhookQueue
  var sequels = Agenda<Sequel>()
  /// What was asked for, oldest first.
  var record: [JSONObject] = []
  package var facts: [JSONObject] = []
  /// Numbers that are not on WhatsApp.
  var strangers: Set<String> = []

  /// A server with its instances open.
  package init(_ options: EvolutionOptions) {
    self.options = options
    random = FakeRandom(seed: options.seed)
    webhooks = WebhookQueue(Self.rule)
    for name in options.instances { add(name) }
  }

  /// Any 2xx ends it. Else ten attempts, 5 s doubling to 300 s; some answers end it at once and lose the event.
  static let rule = WebhookQueue.Rule(
    waits: (0..<9).map { min(300_000, 5000 << $0) }, jitter: 0.2, isTaken: { (200...299).contains($0) },
    isFinal: { [400, 401, 403, 404, 422].contains($0) })

  package var nextMoment: Moment? { [webhooks.next, sequels.next].compactMap { $0 }.min() }

  package var engine: FakeEngine? {
    guard options.hasSockets else { return nil }
    var engine = FakeEngine()
    engine.connectTimeout = options.connectTimeout
    return engine
  }

  package mutating func started(at address: String, now: Moment) -> [FakeEffect] {
    self.address = address
    return []
  }

  package mutating func elapse(to now: Moment) -> [FakeEffect] {
    var effects = webhooks.elapse(to: now)
    while let (moment, sequel) = sequels.take(until: now) {
      switch sequel {
      case .state(let instance, let message, let state): effects += update(message, to: state, of: instance, now: moment)
      case .presence(let instance, let chat, let presence): effects += tellPresence(presence, in: chat, of: instance, now: moment)
      }
    }
    return effects
  }

  package mutating func called(_ id: Int, _ outcome: CallOutcome, now: Moment) -> [FakeEffect] {
    webhooks.called(id, outcome, now: now, random: &random) ?? []
  }

  /// Namespaces, and webhooks that wait to be repeated, are in memory only.
  package mutating func restarted() -> [FakeEffect] {
    namespaces = []
    webhooks = WebhookQueue(Self.rule)
    return []
  }

  package mutating func reset() {
    let (address, random, namespaces) = (address, random, namespaces)
    self = EvolutionProvider(options)
    (self.address, self.random, self.namespaces) = (address, random, namespaces)
  }

  mutating func nextCall() -> Int {
    lastCall += 1
    return lastCall
  }

  mutating func add(_ name: String, token: String? = nil) {
    var instance = EvolutionInstance(name: name, id: uuid(), token: token ?? options.tokens[name] ?? "token-\(name)")
    instance.webhook = options.webhook.map { url in
      EvolutionInstance.Webhook(
        url: url, byEvents: options.webhookByEvents, base64: options.webhookBase64, headers: options.webhookHeaders)
    }
    instances[name] = instance
  }

  mutating func uuid() -> String {
    [8, 4, 4, 4, 12].map { random.text($0, of: "0123456789abcdef") }.joined(separator: "-")
  }

  // MARK: Sockets

  package func refusal(of handshake: FakeCall, from remote: String) -> String? {
    if options.trustsLoopback, remote == "127.0.0.1" || remote == "::1" { return nil }
    guard let key = handshake.parameter("apikey") ?? handshake.header("apikey"), key.isEmpty == false else { return "apiKey is required" }
    return isKey(key) ? nil : "Invalid global token"
  }

  /// The server's key, or the token of any instance whatsoever.
  func isKey(_ key: String) -> Bool { key == options.apiKey || instances.values.contains { $0.token == key } }

  /// Whoever has a key may join whatever there is; what CONNECT carries is not looked at.
  package mutating func connect(_ socket: FakeSocket, now: Moment) -> FakeAdmission {
    .accepted(rooms: [], effects: [.say("a socket joined \(socket.namespace)")])
  }

  package mutating func event(_ name: String, _ arguments: [JSONValue], from socket: FakeSocket, now: Moment) -> [FakeEffect] {
    note(["kind": "event", "name": .string(name), "namespace": .string(socket.namespace), "arguments": .array(arguments)])
    return [.say("← event \(name) on \(socket.namespace), which the server \(name == "sendNode" ? "would send as it is" : "ignores")")]
  }
}
