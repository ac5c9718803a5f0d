import HubTesting
import OrderedJSON
import Synchronization
import Testing

@testable import HubPluginSDK

/// An adapter that uses every service once.
private final class Busy: HubAdapter, HubHTTPHandler, HubNamespaceHandler {
  static let descriptor = HubDescriptor(.channel, name: "busy", version: "1.0.0", summary: "Uses everything.", configSchema: "{}")
  private let services: HubServices
  private let secret: String

  init(name: String, config: JSONValue, services: HubServices) throws {
    guard let secret = config["secret"]?.string else { throw HubError(.invalid, "secret is missing") }
    self.services = services
    self.secret = secret
  }

  func start() async throws {
    try services.addRoute("GET", "/busy", access: .required, role: "stats", route: 3)
    try services.openNamespace("/", id: 1)
    let value = String(decoding: try await services.secret(secret), as: UTF8.self)
    services.log(.warning, "started", ["value": .string(value)])
    services.health(.degraded)
    try services.metric(.counter, "starts_total", labels: ["how"]).record(1, ["well"])
    try services.after(milliseconds: 50) { [services] in services.log(.info, "timer") }
  }

  func deliver(_ event: HubEvent, done: HubDelivery) {
    services.emit("got", arguments: Array("[1]".utf8), namespace: 1, to: .rooms(["all"], of: done, index: 0))
      ? done.succeed() : done.fail(HubError(.busy, "later"))
  }

  func request(_ request: HubHTTPRequest, responder: HubHTTPResponder) {
    let tenant = request.identity?.tenant ?? "nobody"
    services.emit([event]) { result in
      guard case .success(let counts) = result else { return responder.respond(HubHTTPResponse(status: 503)) }
      responder.respond(.json(["tenant": .string(tenant), "stored": .number(JSONNumber(Int64(counts.stored)))]))
    }
  }

  func connect(_ connect: HubConnect, answer: HubConnectAnswer) {
    connect.identity.tenant == "acme" ? answer.accept(rooms: ["all"]) : answer.refuse("no", data: ["code": 7])
  }

  func disconnected(namespace: UInt32, socket: String, reason: String) { services.log(.info, "gone \(reason)") }

  func message(_ message: HubClientMessage, ack: HubAck) {
    services.query(["conversation": message.arguments.first ?? .null], for: message.socket) { answer in
      ack((try? answer.get()) ?? "unknown")
    }
  }

  private var event: HubEvent {
    HubEvent(id: "1", kind: "message.created", account: "a", conversation: "c", cause: "", timeMilliseconds: 1, body: [])
  }
}

/// An adapter that answers everything twice.
private final class Hasty: HubAdapter, HubHTTPHandler {
  static let descriptor = HubDescriptor(.sink, name: "hasty", version: "1.0.0", summary: "Answers twice.", configSchema: "{}")
  let kinds: Set<String>? = ["message.created"]
  private let services: HubServices

  init(name: String, config: JSONValue, services: HubServices) throws { self.services = services }

  func start() async throws { try services.addRoute("GET", "/hasty", access: .none, route: 1) }

  func deliver(_ event: HubEvent, done: HubDelivery) {
    done.succeed()
    done.succeed()
  }

  func request(_ request: HubHTTPRequest, responder: HubHTTPResponder) {
    responder.respond(HubHTTPResponse(status: 200))
    responder.respond(HubHTTPResponse(status: 500))
  }
}

private protocol Role: SendableMetatype { static var kind: HubDescriptor.Kind { get } }
private enum Sink: Role { static let kind = HubDescriptor.Kind.sink }
private enum Channel: Role { static let kind = HubDescriptor.Kind.channel }

/// An adapter that asks before it is made, and for what it may not have.
private final class Eager<As: Role>: HubAdapter, HubNamespaceHandler {
  static var descriptor: HubDescriptor { HubDescriptor(As.kind, name: "eager", version: "1.0.0", summary: "Asks.", configSchema: "{}") }
  let kinds: Set<String>? = ["message.created"]
  private let services: HubServices

  init(name: String, config: JSONValue, services: HubServices) throws {
    self.services = services
    services.secret("secret://s") { answer in
      let text = (try? answer.get()).map { String(decoding: $0, as: UTF8.self) }
      services.log(.info, "secret", ["is": .string(text ?? "")])
    }
    if config["fails"] != nil { throw HubError(.invalid, "on purpose") }
  }

  func start() async throws { services.deliver(only: ["account"]) }

  func deliver(_ event: HubEvent, done: HubDelivery) {
    services.deliver(only: ["contact.updated"])
    services.emit([event]) { result in
      guard case .failure(let error) = result else { return done.succeed() }
      done.fail(error)
    }
  }

  func connect(_ connect: HubConnect, answer: HubConnectAnswer) {
    answer.accept(rooms: [connect.socket])
    answer.refuse("too late", data: [:])
  }

  func disconnected(namespace: UInt32, socket: String, reason: String) {}

  func message(_ message: HubClientMessage, ack: HubAck) {
    services.query(["conversation": "c1"], for: message.socket) { [services] answer in
      guard case .failure(let error) = answer else { return ack("found") }
      services.log(.info, "query", ["status": .string("\(error.code)"), "again": .string(self.attempt())])
    }
    ack("asked")
    ack("asked again")
  }

  private func attempt() -> String {
    do {
      try services.after(milliseconds: 1) {}
      return "taken"
    } catch {
      return "\((error as? HubError)?.code ?? .failed)"
    }
  }
}

@Suite("Fake plugin host", .timeLimit(.minutes(5)))
struct FakeHostTests {
  private func started() async throws -> FakeHost {
    let host = FakeHost()
    host.state.withLock { $0.secrets = ["secret://s": "value"] }
    try host.load(Busy.self, config: ["secret": "secret://s"])
    try await host.validate()
    try await host.start()
    return host
  }

  @Test("what an adapter claims, says and counts is kept")
  func kept() async throws {
    let host = try await started()
    let state = host.state.withLock { ($0.routes, $0.namespaces, $0.secretReads, $0.health, $0.timers) }
    #expect(state.0 == [.init("GET", "/busy", access: .required, role: "stats", number: 3)])
    #expect(state.1 == ["/"] && state.2 == ["secret://s"] && state.3 == [.degraded] && state.4 == [50])
    #expect(host.state.withLock { $0.log.first?.fields } == ["value": "value"])
    #expect(host.metric("starts_total", "well") == 1)
    host.fireTimer()
    #expect(host.state.withLock { $0.log.last?.message } == "timer")
    try await host.stop()
  }

  @Test("a refused configuration, a missing secret and an extension that is not granted are errors with their reasons")
  func refusals() async throws {
    #expect(throws: HubError(.invalid, "secret is missing")) { try FakeHost().load(Busy.self, config: [:]) }
    let host = FakeHost()
    try host.load(Busy.self, config: ["secret": "secret://s"])
    await #expect(throws: HubError(.notFound, "no such secret")) { try await host.start() }
    // What is granted is settled before an instance looks.
    let stingy = FakeHost()
    stingy.state.withLock { $0.denied = ["hub.http-route/1"] }
    try stingy.load(Busy.self, config: ["secret": "secret://s"])
    let denied = await #expect(throws: HubError.self) { try await stingy.start() }
    #expect(denied?.message.contains("hub.http-route/1") == true)
  }

  @Test("the fields of a line nobody wants are not made")
  func quiet() async throws {
    let host = FakeHost()
    host.state.withLock {
      $0.secrets = ["secret://s": "value"]
      $0.leastLevel = .error
    }
    try host.load(Busy.self, config: ["secret": "secret://s"])
    try await host.start()
    #expect(host.state.withLock { $0.log.isEmpty })
    host.state.withLock { $0.leastLevel = .warning }
    try await host.start()
    #expect(host.state.withLock { $0.log.map(\.message) } == ["started"])
  }

  @Test("the kinds it wants are kept, and what it answers twice counts once and is told")
  func strays() async throws {
    let host = FakeHost()
    try host.load(Hasty.self, config: [:])
    #expect(host.state.withLock { $0.kinds } == ["message.created"])
    try await host.start()
    #expect(host.state.withLock { $0.strays } == 0)
    try await host.deliver(event)
    while host.state.withLock({ $0.strays < 1 }) { await Task.yield() }
    #expect(await host.request("GET", "/hasty", route: 1).status == 200)
    while host.state.withLock({ $0.strays < 2 }) { await Task.yield() }
    #expect(host.state.withLock { $0.strays } == 2)
  }

  private let event = HubEvent(id: "1", kind: "account", account: "", conversation: "", cause: "", timeMilliseconds: 1, body: [])

  @Test("what is answered while the adapter is created reaches it once it can be called")
  func early() throws {
    let host = FakeHost()
    host.state.withLock { $0.secrets = ["secret://s": "value"] }
    #expect(throws: HubError(.invalid, "on purpose")) { try host.load(Eager<Sink>.self, config: ["fails": true]) }
    #expect(host.state.withLock { $0.log.isEmpty }, "there is no instance to tell")
    try host.load(Eager<Sink>.self, config: [:])
    #expect(host.state.withLock { $0.log.map(\.fields) } == [["is": "value"]])
  }

  @Test("a sink chooses its kinds on its way up and not later, and emits nothing; a channel emits, and has no kinds to choose")
  func roles() async throws {
    let host = FakeHost()
    try host.load(Eager<Sink>.self, config: [:])
    #expect(host.state.withLock { $0.kinds } == ["message.created"])
    try await host.start()
    await #expect(throws: HubError(.denied, "the hub did not take the events")) { try await host.deliver(event) }
    #expect(host.state.withLock { $0.kinds } == ["account"] && host.state.withLock { $0.events.isEmpty })
    try host.load(Eager<Channel>.self, config: [:])
    try await host.start()
    try await host.deliver(event)
    #expect(host.state.withLock { $0.kinds } == nil && host.state.withLock { $0.events.map(\.id) } == ["1"])
  }

  @Test("at its end what waits for the hub is closed, what waits for the adapter is given up, and nothing more is taken")
  func end() async throws {
    let host = FakeHost()
    try host.load(Eager<Channel>.self, config: [:])
    host.state.withLock { ($0.journal, $0.holdsQueries, $0.conversations) = (.held, true, ["c1": [:]]) }
    #expect(host.send("look", [], from: "s1") == "asked")
    async let delivery: HubError? = {
      do throws(HubError) { try await host.deliver(event) } catch { return error }
      return nil
    }()
    while host.state.withLock({ $0.heldEmits == 0 }) { await Task.yield() }
    host.destroy()
    #expect(await delivery?.code == .closed)
    #expect(host.state.withLock { $0.log.last?.fields } == ["status": "closed", "again": "closed"])
    host.releaseQueries()
    #expect(host.state.withLock { $0.log.count } == 2 && host.state.withLock { $0.timers.isEmpty })
    await #expect(throws: HubError(.closed, "no adapter")) { try await host.start() }
  }

  @Test("a client is let in or refused once, and its event answered once; what comes after is a stray")
  func once() throws {
    let host = FakeHost()
    try host.load(Eager<Sink>.self, config: [:])
    host.connect("s1")
    #expect(host.state.withLock { $0.accepted } == [["s1"]] && host.state.withLock { $0.refused.isEmpty })
    #expect(host.state.withLock { $0.strays } == 1)
    #expect(host.send("look", [], from: "s1") == "asked")
    #expect(host.state.withLock { $0.strays } == 2)
  }

  @Test("a request carries who asks, and the journal decides over its answer")
  func requests() async throws {
    let host = try await started()
    let first = await host.request("GET", "/busy", route: 3, caller: .init(tenant: "globex"))
    #expect(first.status == 200 && first.body == #"{"tenant":"globex","stored":1}"#)
    #expect(await host.request("GET", "/busy").body == #"{"tenant":"nobody","stored":0}"#, "the same event again")
    host.state.withLock { $0.journal = .failing }
    #expect(await host.request("GET", "/busy") == .init(status: 503))
    host.state.withLock { $0.journal = .held }
    async let waiting = host.request("GET", "/busy")
    while host.state.withLock({ $0.heldEmits == 0 }) { await Task.yield() }
    #expect(host.state.withLock { $0.openRequests } == 1)
    host.releaseEvents()
    #expect(await waiting.status == 200)
    #expect(host.state.withLock { $0.events.count } == 1)
  }

  @Test("clients come, ask and go; deliveries make packets or are refused")
  func sockets() async throws {
    let host = try await started()
    host.state.withLock { $0.conversations = ["c1": ["id": "c1"]] }
    host.connect("s1")
    host.connect("s2", as: .init(tenant: "globex"))
    #expect(host.state.withLock { $0.accepted } == [["all"]])
    #expect(host.state.withLock { $0.refused } == [["code": 7]])
    #expect(host.send("look", ["c1"], from: "s1") == ["id": "c1"])
    #expect(host.send("look", ["c2"], from: "s1") == "unknown")
    host.state.withLock { $0.holdsQueries = true }
    #expect(host.send("look", ["c1"], from: "s1") == nil)
    host.releaseQueries()
    #expect(host.state.withLock { $0.acks[9] } == ["id": "c1"])
    try await host.deliver(event)
    let packets = host.takePackets()
    #expect(packets.map(\.rooms) == [["all"]] && packets.first?.arguments == [1] && packets.first?.event != 0)
    host.state.withLock { $0.packetRefusal = .busy }
    await #expect(throws: HubError(.busy, "later")) { try await host.deliver(event) }
    host.disconnect("s1")
    #expect(host.state.withLock { $0.log.last?.message } == "gone transport close")
  }
}
