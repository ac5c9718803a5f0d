import HubPluginSDK
import HubTesting
import OrderedJSON
import Synchronization
import Testing

/// An adapter that uses every service once.
private final class Busy: HubAdapter, HubHTTPHandler, HubNamespaceHandler {
  static let descriptor = HubDescriptor(.sink, name: "busy", version: "1.0.0", summary: "Uses everything.", configSchema: "{}")
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

@Suite("Fake plugin host")
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
    host.state.withLock { $0.denied = ["hub.http-route/1"] }
    let denied = await #expect(throws: HubError.self) { try await host.start() }
    #expect(denied?.message.contains("hub.http-route/1") == true)
  }

  @Test("the kinds it wants are kept, and what it answers twice counts once and is told")
  func strays() async throws {
    let host = FakeHost()
    try host.load(Hasty.self, config: [:])
    #expect(host.state.withLock { $0.kinds } == ["message.created"])
    try await host.start()
    #expect(host.state.withLock { $0.strays } == 0)
    try await host.deliver(HubEvent(id: "1", kind: "k", account: "", conversation: "", cause: "", timeMilliseconds: 1, body: []))
    while host.state.withLock({ $0.strays < 1 }) { await Task.yield() }
    #expect(await host.request("GET", "/hasty", route: 1).status == 200)
    while host.state.withLock({ $0.strays < 2 }) { await Task.yield() }
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
    let event = HubEvent(id: "1", kind: "k", account: "", conversation: "", cause: "", timeMilliseconds: 1, body: [])
    try await host.deliver(event)
    let packets = host.takePackets()
    #expect(packets.map(\.rooms) == [["all"]] && packets.first?.arguments == [1] && packets.first?.event != 0)
    host.state.withLock { $0.packetRefusal = .busy }
    await #expect(throws: HubError(.busy, "later")) { try await host.deliver(event) }
    host.disconnect("s1")
    #expect(host.state.withLock { $0.log.last?.message } == "gone transport close")
  }
}
