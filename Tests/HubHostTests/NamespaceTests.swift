import Dispatch
import Foundation
import HubTelemetry
import OrderedJSON
import Synchronization
import Testing

@testable import HubHost
@testable import RealtimeServer

@Suite("Namespaces of plugins")
struct NamespaceTests {
  let first: SocketID
  let second: SocketID

  init() throws {
    first = try #require(SocketID("AAAAAAAAAAAAAAAAAAAA"))
    second = try #require(SocketID("BBBBBBBBBBBBBBBBBBBA"))
  }

  /// - Parameter loopback: whether every call passes as bytes, as it would to another process.
  func opened(loopback: Bool = false, limits: ClientLimits = ClientLimits()) async throws -> (HostHarness, PluginNamespace) {
    let harness = try HostHarness(limits: limits)
    var spec = try await harness.spec("namespace", sink: true, loopback: loopback)
    spec.claims = [.namespace("/chat")]
    try await harness.host.start([spec])
    return (harness, try #require(harness.namespaces.withLock { $0["/chat"] }))
  }

  func connect(
    _ namespace: PluginNamespace, _ socket: SocketID, on connection: ConnectionID? = nil, auth: String, query: String = ""
  ) async -> PluginNamespace.Decision {
    let connecting = PluginNamespace.Connecting(
      socket: socket, connection: connection ?? ConnectionID(socket.key), auth: Array(auth.utf8), query: query, remote: "192.0.2.1")
    return await withCheckedContinuation { continuation in
      namespace.connect(connecting) { continuation.resume(returning: $0) }
    }
  }

  @Test("a claimed namespace is opened, another is denied, and both end with the adapter", arguments: [false, true])
  func claims(loopback: Bool) async throws {
    let (harness, _) = try await opened(loopback: loopback)
    #expect(await harness.lines.first("open") == "open 0 5")
    await harness.host.stop()
    #expect(harness.namespaces.withLock { $0.isEmpty })
  }

  @Test(
    "the token is verified before the plugin hears of the client, and the kinds of failure are told apart",
    arguments: [
      ("{}", "auth_missing"), (#"{"token":null}"#, "auth_missing"), (#"{"token":"old"}"#, "auth_expired"),
      (#"{"token":"forged"}"#, "auth_invalid"), (#"{"token":7}"#, "auth_invalid"), ("[", "auth_missing"),
    ], [false, true])
  func authentication(login: (String, String), loopback: Bool) async throws {
    let (auth, code) = login
    let (harness, namespace) = try await opened(loopback: loopback)
    guard case .refuse(_, let data) = await connect(namespace, first, auth: auth) else {
      Issue.record("let in")
      return
    }
    #expect(String(decoding: data, as: UTF8.self) == #"{"code":"\#(code)"}"#)
    #expect(!harness.lines.all.contains { $0.hasPrefix("connect") })
    await harness.host.stop()
  }

  @Test(
    "an API key without the role to read, and whoever has no tenant, is refused before the plugin hears of it",
    arguments: ["key-publish", "nobody"], [false, true])
  func forbidden(token: String, loopback: Bool) async throws {
    let (harness, namespace) = try await opened(loopback: loopback)
    #expect(
      await connect(namespace, first, auth: #"{"token":"\#(token)"}"#)
        == .refuse(message: "not allowed", data: Array(#"{"code":"forbidden"}"#.utf8)))
    #expect(namespace.identity(of: first) == nil)
    #expect(!harness.lines.all.contains { $0.hasPrefix("connect") })
    await harness.host.stop()
  }

  @Test("an API key with the role to read is let in", arguments: [false, true])
  func readingKey(loopback: Bool) async throws {
    let (harness, namespace) = try await opened(loopback: loopback)
    #expect(
      await connect(namespace, first, auth: #"{"token":"key-read"}"#)
        == .accept(rooms: ["8:tenant-a:lobby", "8:tenant-a:second"], label: "tenant-a"))
    await harness.host.stop()
  }

  @Test(
    "a client that leaves before it is let in is forgotten, and the plugin that lets it in later is told that it left",
    .timeLimit(.minutes(5)), arguments: [false, true])
  func leavesEarly(loopback: Bool) async throws {
    let (harness, namespace) = try await opened(loopback: loopback)
    async let decision = connect(namespace, first, auth: #"{"token":"tenant-a"}"#, query: "later")
    _ = await harness.lines.first("connect")
    namespace.disconnected(first, reason: "ping timeout")
    #expect(namespace.identity(of: first) == nil)
    #expect(!harness.lines.all.contains { $0.hasPrefix("disconnected") })
    // The plugin lets in who waits when anybody says so.
    _ = await connect(namespace, second, auth: #"{"token":"tenant-b"}"#)
    namespace.message(from: second, name: "admit", arguments: Array("[]".utf8), ack: nil)
    _ = await decision
    #expect(await harness.lines.first("disconnected") == "disconnected transport close")
    #expect(namespace.identity(of: first) == nil)
    await harness.host.stop()
  }

  static let full = PluginNamespace.Decision.refuse(
    message: "too many connections", data: Array(#"{"code":"too_many_connections"}"#.utf8))

  @Test(
    "a user's or tenant's connections are limited; a second socket of a connection is free, and places come back",
    arguments: [(ClientLimits(userConnections: 1), "user_connections"), (ClientLimits(tenantConnections: 1), "tenant_connections")])
  func connectionLimits(limits: ClientLimits, reason: String) async throws {
    let (harness, namespace) = try await opened(limits: limits)
    let auth = #"{"token":"tenant-a"}"#
    _ = await connect(namespace, first, auth: auth)
    #expect(await connect(namespace, second, auth: auth) == Self.full)
    #expect(namespace.identity(of: second) == nil)
    #expect(harness.metrics.drops.with("client", reason).value == 1)
    #expect(await connect(namespace, second, on: ConnectionID(first.key), auth: auth) != Self.full)
    #expect(await connect(namespace, SocketID("CCCCCCCCCCCCCCCCCCCA") ?? second, auth: #"{"token":"tenant-b"}"#) != Self.full)
    namespace.disconnected(first, reason: "transport close")
    #expect(await connect(namespace, first, on: ConnectionID(second.key), auth: auth) == Self.full, "the connection has another socket")
    namespace.disconnected(second, reason: "transport close")
    #expect(await connect(namespace, first, auth: auth) != Self.full)
    await harness.host.stop()
  }

  @Test("places of clients that the plugin refuses, and of those that leave before they are let in, come back")
  func connectionLimitsOfRefused() async throws {
    let (harness, namespace) = try await opened(limits: ClientLimits(userConnections: 1))
    let auth = #"{"token":"tenant-a"}"#
    #expect(await connect(namespace, first, auth: #"{"token":"tenant-b"}"#, query: "banned") != Self.full)
    async let decision = connect(namespace, first, auth: auth, query: "later")
    _ = await harness.lines.first("connect tenant-a")
    namespace.disconnected(first, reason: "ping timeout")
    #expect(await connect(namespace, second, auth: auth) != Self.full)
    namespace.message(from: second, name: "admit", arguments: Array("[]".utf8), ack: nil)
    _ = await decision
    await harness.host.stop()
  }

  @Test("a user's events are limited over all sockets, and each one dropped is counted")
  func eventLimit() async throws {
    let (harness, namespace) = try await opened(limits: ClientLimits(userEvents: 2))
    for socket in [first, second] { _ = await connect(namespace, socket, auth: #"{"token":"tenant-a"}"#) }
    let third = try #require(SocketID("CCCCCCCCCCCCCCCCCCCA"))
    _ = await connect(namespace, third, auth: #"{"token":"tenant-b"}"#)
    #expect([first, second, first, second].allSatisfy(namespace.takesEvent))
    #expect(!namespace.takesEvent(from: first) && !namespace.takesEvent(from: second))
    #expect(namespace.takesEvent(from: third))
    #expect(harness.metrics.drops.with("client", "user_events").value == 2)
    await harness.host.stop()
  }

  @Test("rooms are local to the tenant, and the plugin may refuse with data of its own", arguments: [false, true])
  func rooms(loopback: Bool) async throws {
    let (harness, namespace) = try await opened(loopback: loopback)
    #expect(
      await connect(namespace, first, auth: #"{"token":"tenant-a"}"#)
        == .accept(rooms: ["8:tenant-a:lobby", "8:tenant-a:second"], label: "tenant-a"))
    #expect(
      await connect(namespace, second, auth: #"{"token":"Bearer tenant-b"}"#)
        == .accept(rooms: ["8:tenant-b:lobby", "8:tenant-b:second"], label: "tenant-b"))
    #expect(
      await connect(namespace, second, auth: #"{"token":"tenant-b"}"#, query: "banned")
        == .refuse(message: "banned", data: Array(#"{"code":"banned"}"#.utf8)))
    #expect(namespace.identity(of: second) == nil)
    namespace.disconnected(first, reason: "transport close")
    #expect(await harness.lines.first("disconnected") == "disconnected transport close")
    #expect(namespace.identity(of: first) == nil)
    await harness.host.stop()
  }

  @Test("a packet for a delivery goes to rooms of the delivery's tenant, with its offset", arguments: [false, true])
  func emitForDelivery(loopback: Bool) async throws {
    let (harness, _) = try await opened(loopback: loopback)
    _ = await withCheckedContinuation { continuation in
      harness.host.deliver(HostHarness.event(42, body: #"[{"a":1}]"#), to: "test-namespace") { continuation.resume(returning: $0) }
    }
    #expect(
      await harness.emitted.first("news") == #"news /chat ["8:tenant-a:lobby"] except=0 [{"a":1}] offset=42.3 "#)
    _ = await withCheckedContinuation { continuation in
      harness.host.deliver(HostHarness.event(0, body: #"["volatile"]"#), to: "test-namespace") { continuation.resume(returning: $0) }
    }
    #expect(harness.emitted.all.contains { $0.contains(#"["volatile"] offset=- "#) })
    await harness.host.stop()
  }

  @Test(
    "a packet without a delivery goes to one socket, or volatile to rooms of that socket's tenant without it", arguments: [false, true])
  func emitForSocket(loopback: Bool) async throws {
    let (harness, namespace) = try await opened(loopback: loopback)
    _ = await connect(namespace, first, auth: #"{"token":"tenant-a"}"#)
    let ack = await withCheckedContinuation { continuation in
      namespace.message(from: first, name: "hello", arguments: Array("[1]".utf8)) { continuation.resume(returning: $0) }
    }
    #expect(ack == Array("[1]".utf8))
    #expect(await harness.lines.first("emit") == "emit 2 0 0 2")
    #expect(await harness.emitted.first("typing") == #"typing /chat ["8:tenant-a:lobby"] except=1 [1] offset=- volatile"#)
    #expect(await harness.emitted.first("only-you") == "only-you one socket")
    #expect(harness.emitted.all.count == 2)
    await harness.host.stop()
  }

  @Test("an ack that is no JSON array is sent as an empty one, and a socket that never joined is not heard", arguments: [false, true])
  func oddities(loopback: Bool) async throws {
    let (harness, namespace) = try await opened(loopback: loopback)
    _ = await connect(namespace, first, auth: #"{"token":"tenant-a"}"#)
    let ack = await withCheckedContinuation { continuation in
      namespace.message(from: first, name: "hello", arguments: Array("nonsense".utf8)) { continuation.resume(returning: $0) }
    }
    #expect(ack == Array("[]".utf8))
    namespace.message(from: second, name: "hello", arguments: Array("[2]".utf8), ack: nil)
    #expect(harness.lines.all.filter { $0.hasPrefix("emit") }.count == 1)
    await harness.host.stop()
  }

  @Test("join, leave and disconnect are for the adapter's own sockets", arguments: [false, true])
  func membership(loopback: Bool) async throws {
    let (harness, namespace) = try await opened(loopback: loopback)
    _ = await connect(namespace, first, auth: #"{"token":"tenant-a"}"#)
    namespace.message(from: first, name: "join", arguments: Array("[]".utf8), ack: nil)
    #expect(harness.emitted.all == ["join 8:tenant-a:den", "leave 8:tenant-a:lobby", "disconnect true"])
    await harness.host.stop()
  }

  @Test("a query is answered for the tenant of its socket, another tenant's is not found", arguments: [false, true])
  func query(loopback: Bool) async throws {
    let (harness, namespace) = try await opened(loopback: loopback)
    _ = await connect(namespace, first, auth: #"{"token":"tenant-a"}"#)
    namespace.message(from: first, name: "query", arguments: Array("[]".utf8), ack: nil)
    #expect(await harness.lines.first("completed 701 0") == #"completed 701 0 {"asked":{"conversation":"cnv_1"},"tenant":"tenant-a"}"#)
    _ = await connect(namespace, second, auth: #"{"token":"tenant-b"}"#)
    namespace.message(from: second, name: "query", arguments: Array("[]".utf8), ack: nil)
    #expect(await harness.lines.first("completed 701 8") == "completed 701 8 not found")
    await harness.host.stop()
  }

  @Test("a question is not asked on the thread that brought it", arguments: [false, true])
  func queryOffLoop(loopback: Bool) async throws {
    let isLoop = DispatchSpecificKey<Bool>()
    let loop = DispatchQueue(label: "loop")
    loop.setSpecific(key: isLoop, value: true)
    let seen = Lines()
    let harness = try HostHarness(asked: { seen.add(DispatchQueue.getSpecific(key: isLoop) == true ? "on the loop" : "elsewhere") })
    var spec = try await harness.spec("namespace", sink: true, loopback: loopback)
    spec.claims = [.namespace("/chat")]
    try await harness.host.start([spec])
    let namespace = try #require(harness.namespaces.withLock { $0["/chat"] })
    _ = await connect(namespace, first, auth: #"{"token":"tenant-a"}"#)
    loop.async { namespace.message(from: first, name: "query", arguments: Array("[]".utf8), ack: nil) }
    _ = await harness.lines.first("completed 701 0")
    #expect(seen.all == ["elsewhere"])
    await harness.host.stop()
  }

  @Test("stats are the host's counts", arguments: [false, true])
  func stats(loopback: Bool) async throws {
    let (harness, namespace) = try await opened(loopback: loopback)
    _ = await connect(namespace, first, auth: #"{"token":"tenant-a"}"#)
    namespace.message(from: first, name: "stats", arguments: Array("[]".utf8), ack: nil)
    #expect(await harness.lines.first("completed 702") == #"completed 702 0 {"totalConnections":2}"#)
    await harness.host.stop()
  }
}
