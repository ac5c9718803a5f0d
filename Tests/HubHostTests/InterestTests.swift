import HubTelemetry
import Synchronization
import Testing

@testable import HubHost
@testable import RealtimeServer

/// From a socket of a sink to the channel of the conversation, through the tables.
@Suite("Interest", .timeLimit(.minutes(5)))
struct InterestTests {
  private let first: SocketID
  private let second: SocketID

  init() throws {
    first = try #require(SocketID("AAAAAAAAAAAAAAAAAAAA"))
    second = try #require(SocketID("BBBBBBBBBBBBBBBBBBBA"))
  }

  private struct Running {
    let harness: HostHarness
    let namespace: PluginNamespace

    func say(_ name: String, _ conversation: String, from socket: SocketID) {
      namespace.message(from: socket, name: name, arguments: Array(#"["\#(conversation)"]"#.utf8), ack: nil)
    }

    /// The lines about deliveries to the channel.
    var told: [String] { harness.lines.all.filter { $0.hasPrefix("interest ") || $0.hasPrefix("typing ") } }
  }

  private func running(loopback: Bool, tenants: [String] = ["tenant-a", "tenant-a"], channel: Bool = true) async throws -> Running {
    let harness = try HostHarness()
    var sink = try await harness.spec("namespace", sink: true, loopback: loopback)
    sink.claims = [.namespace("/chat")]
    try await harness.host.start([sink] + (channel ? [harness.spec("interest", loopback: loopback)] : []))
    let namespace = try #require(harness.namespaces.withLock { $0["/chat"] })
    for (socket, tenant) in zip([first, second], tenants) {
      let connecting = PluginNamespace.Connecting(
        socket: socket, connection: ConnectionID(socket.key), auth: Array(#"{"token":"\#(tenant)"}"#.utf8), query: "", remote: "192.0.2.1")
      _ = await withCheckedContinuation { continuation in namespace.connect(connecting) { continuation.resume(returning: $0) } }
    }
    return Running(harness: harness, namespace: namespace)
  }

  @Test("a channel asks for it, and is told how many sockets look at its conversation, until they are gone", arguments: [false, true])
  func counts(loopback: Bool) async throws {
    let running = try await running(loopback: loopback)
    #expect(await running.harness.lines.first("want") == "want 0 5")
    running.say("look", "cnv_7", from: first)
    _ = await running.harness.lines.first(#"interest known key-7 {"v":1,"count":1}"#)
    running.say("look", "cnv_7", from: second)
    _ = await running.harness.lines.first(#"interest known key-7 {"v":1,"count":2}"#)
    running.namespace.disconnected(first, reason: "transport close")
    running.say("away", "cnv_7", from: second)
    _ = await running.harness.lines.first(#"interest known key-7 {"v":1,"count":0}"#)
    #expect(!running.harness.lines.all.contains { $0.hasPrefix("concern") && $0 != "concern 0" })
    await running.harness.host.stop()
  }

  @Test("typing is told with the newest message that came in, and ends with its socket", arguments: [false, true])
  func typing(loopback: Bool) async throws {
    let running = try await running(loopback: loopback)
    running.say("type", "cnv_1", from: first)
    _ = await running.harness.lines.first(#"typing known key-1 {"v":1,"on":true,"lastInbound":"wamid.1"}"#)
    running.namespace.disconnected(first, reason: "transport close")
    _ = await running.harness.lines.first(#"typing known key-1 {"v":1,"on":false,"lastInbound":"wamid.1"}"#)
    running.say("type", "cnv_2", from: second)
    _ = await running.harness.lines.first(#"typing known key-2 {"v":1,"on":true,"lastInbound":null}"#)
    running.say("rest", "cnv_2", from: second)
    _ = await running.harness.lines.first(#"typing known key-2 {"v":1,"on":false"#)
    #expect(running.told.count == 4)
    await running.harness.host.stop()
  }

  @Test("a conversation is its tenant's: a socket of another one is told to nobody")
  func tenants() async throws {
    let running = try await running(loopback: false, tenants: ["tenant-b", "tenant-a"])
    running.say("look", "cnv_7", from: first)
    running.say("type", "cnv_7", from: first)
    running.say("look", "cnv_8", from: second)
    _ = await running.harness.lines.first("interest known key-8")
    #expect(running.told == [#"interest known key-8 {"v":1,"count":1}"#])
    await running.harness.host.stop()
  }

  @Test("a socket that is narrowed to other accounts is told to nobody")
  func accounts() async throws {
    let running = try await running(loopback: false, tenants: ["tenant-a narrowed", "tenant-a"])
    running.say("look", "cnv_7", from: first)
    running.say("type", "cnv_7", from: first)
    running.say("look", "cnv_8", from: second)
    _ = await running.harness.lines.first("interest known key-8")
    let dropped = running.harness.metrics.drops.with("typing", "account")
    while dropped.value == 0 { await Task.yield() }
    running.namespace.disconnected(first, reason: "transport close")
    while dropped.value == 1 { await Task.yield() }
    #expect(running.told == [#"interest known key-8 {"v":1,"count":1}"#])
    await running.harness.host.stop()
  }

  @Test("typing for a channel that does not run is dropped and counted")
  func channelDown() async throws {
    let running = try await running(loopback: false, channel: false)
    running.say("type", "cnv_1", from: first)
    let dropped = running.harness.metrics.drops.with("typing", "channel_down")
    while dropped.value == 0 { await Task.yield() }
    #expect(dropped.value == 1)
    await running.harness.host.stop()
  }
}
