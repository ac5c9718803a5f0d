import HubTelemetry
import OrderedJSON
import Synchronization
import Testing

@testable import HubHost
@testable import HubStore
@testable import UpstreamSocket

/// `loopback`: every call of both sides passes as bytes, as it would to another process.
@Suite("Upstream connections of plugins", .timeLimit(.minutes(5)))
struct UpstreamTests {
  private func started(_ upstreams: ScriptedUpstreams, loopback: Bool = false) async throws -> HostHarness {
    let harness = try HostHarness(upstreams: upstreams)
    var spec = try await harness.spec("upstream", loopback: loopback)
    spec.secrets = ["secret://mine"]
    try await harness.host.start([spec])
    return harness
  }

  private let joined: [UpstreamEvent] = [
    .connecting, .connected(session: "s"), .joined(namespace: "/", socket: "a"), .joined(namespace: "/known", socket: "b"),
  ]

  private func states(_ harness: HostHarness) -> [String] {
    harness.appended.withLock { $0 }.filter { $0.kind == "channel.state" }.map {
      "\($0.tenant) \($0.account) \(String(decoding: $0.body, as: UTF8.self))"
    }
  }

  @Test(
    "a connection is opened as asked, secrets are given with every attempt, and what makes no sense is refused", arguments: [false, true])
  func opens(loopback: Bool) async throws {
    let upstreams = ScriptedUpstreams()
    let harness = try await started(upstreams, loopback: loopback)
    #expect(await harness.lines.first("dial") == "dial 0 6 2 2 2 2")
    let options = try #require(upstreams.opened.first?.options)
    #expect(upstreams.opened.count == 1)
    #expect(options.url == UpstreamURL("wss://up.example:8443") && options.path == "/api/ws")
    let credentials = options.credentials()
    #expect(credentials.headers.map { "\($0)=\($1)" } == ["apikey=value"])
    #expect(credentials.query.map { "\($0)=\($1)" } == ["x=secret://foreign"], "a handle that isn't the adapter's stays a text")
    #expect(options.namespaces.map(\.name) == ["/", "/known"])
    #expect(options.namespaces[0].auth() == nil)
    #expect(options.namespaces[1].auth() == Array(#"{"token":"value"}"#.utf8))
    #expect(options.ackTimeout == 1500 && options.maxMessage == 64 << 20 && options.trustRoots == .file("/etc/ca.pem"))
    #expect(options.joinSchedule == ReconnectSchedule(first: 5000, most: 60_000))
    await harness.host.stop()
    #expect(upstreams.calls.all == ["close"])
  }

  @Test("egress says where an adapter may connect")
  func egress() async throws {
    let upstreams = ScriptedUpstreams()
    let harness = try HostHarness(upstreams: upstreams)
    var spec = try await harness.spec("upstream")
    spec.egress = EgressRule(["elsewhere.example"])
    try await harness.host.start([spec])
    #expect(await harness.lines.first("dial") == "dial 5 5 2 2 2 2")
    #expect(upstreams.opened.isEmpty && harness.metrics.drops.with("egress", "denied").value == 2)
    await harness.host.stop()
  }

  @Test("a hub without upstreams says so")
  func unsupported() async throws {
    let harness = try HostHarness()
    try await harness.host.start([harness.spec("upstream")])
    #expect(await harness.lines.first("dial") == "dial 3 3 3 3 3 3")
    await harness.host.stop()
  }

  @Test("what happens is told in order, events with their attachments, and answers go back", arguments: [false, true])
  func tells(loopback: Bool) async throws {
    let upstreams = ScriptedUpstreams()
    let harness = try await started(upstreams, loopback: loopback)
    for event in joined { upstreams.tell(event) }
    upstreams.tell(
      .event(namespace: "/", name: "plain", arguments: Array("[1]".utf8), attachments: [], ack: nil),
      .event(
        namespace: "/known", name: "ask", arguments: Array("[2]".utf8), attachments: [[65], [66]],
        ack: UpstreamAck(namespace: "/known", id: 7, join: 1)), .lost(namespace: nil, bytes: 70_000_000),
      .refused(namespace: "/known", message: "no", data: Array("{}".utf8), retryIn: 900), .left(namespace: "/", retryIn: 800),
      .disconnected(UpstreamEnd(.refused, "the server answered 403", status: 403), retryIn: 1100))
    _ = await harness.lines.first("changed 3 2")
    #expect(
      harness.lines.all.filter { $0.hasPrefix("changed") || $0.hasPrefix("event") } == [
        "changed 3 1 ns= reason= text= data= status=0 bytes=0 retry=0", "changed 3 3 ns=/ reason= text= data= status=0 bytes=0 retry=0",
        "changed 3 3 ns=/known reason= text= data= status=0 bytes=0 retry=0",
        "event 3 / plain [1] attachments=0 first=-1 wants=0 cause=1", "event 3 /known ask [2] attachments=2 first=65 wants=1 cause=1",
        "changed 3 6 ns= reason= text= data= status=0 bytes=70000000 retry=0",
        "changed 3 4 ns=/known reason= text=no data={} status=0 bytes=0 retry=900",
        "changed 3 5 ns=/ reason= text= data= status=0 bytes=0 retry=800",
        "changed 3 2 ns= reason=refused text=the server answered 403 data= status=403 bytes=0 retry=1100",
      ])
    #expect(await upstreams.calls.first("ack") == #"ack 7 ["got it"]"#)
    #expect(harness.metrics.upstreamEvents.with("test-upstream").value == 2)
    #expect(harness.metrics.upstreamRefusals.with("test-upstream").value == 1)
    #expect(harness.metrics.upstreamEnds.with("test-upstream", "refused").value == 1)
    #expect(harness.metrics.drops.with("upstream", "oversize").value == 1)
    await harness.host.stop()
  }

  @Test("an emit is sent where it is joined, and its answer comes to its token", arguments: [false, true])
  func emits(loopback: Bool) async throws {
    let upstreams = ScriptedUpstreams()
    let harness = try await started(upstreams, loopback: loopback)
    func deliver() async {
      _ = await withCheckedContinuation { done in
        harness.host.deliver(HostHarness.event(1), to: "test-upstream") { done.resume(returning: $0) }
      }
    }
    await deliver()
    #expect(await harness.lines.first("emit up") == "emit up 4 4 4 8 2", "not joined yet")
    #expect(upstreams.calls.all.isEmpty)
    for event in joined { upstreams.tell(event) }
    await deliver()
    #expect(harness.lines.all.last { $0.hasPrefix("emit up") } == "emit up 0 0 4 8 2")
    #expect(
      upstreams.calls.all == [
        #"emit /known ask [{"_placeholder":true,"num":0}] [[7]] asks=true"#, "emit /known tell [1] [] asks=false",
      ])
    upstreams.answer(.answered(Array(#"["yes"]"#.utf8), attachments: []))
    #expect(await harness.lines.first("completed 801") == #"completed 801 0 ["yes"]"#)
    #expect(harness.metrics.drops.with("upstream", "not_joined").value == 4)
    await harness.host.stop()
  }

  @Test(
    "an emit that comes to nothing is completed with what is known of it",
    arguments: [(UpstreamAnswer.timeout, 7), (.disconnected, 1), (.notJoined, 4), (.busy, 6), (.badArguments, 2)])
  func fails(outcome: UpstreamAnswer, status: Int) async throws {
    let upstreams = ScriptedUpstreams()
    let harness = try await started(upstreams)
    for event in joined { upstreams.tell(event) }
    _ = await withCheckedContinuation { done in
      harness.host.deliver(HostHarness.event(1), to: "test-upstream") { done.resume(returning: $0) }
    }
    upstreams.answer(outcome)
    #expect(await harness.lines.first("completed 801").hasPrefix("completed 801 \(status) "))
    await harness.host.stop()
  }

  @Test("while a plugin has too much unfinished nothing is read, and reading goes on when it is done")
  func backPressure() async throws {
    let upstreams = ScriptedUpstreams()
    let harness = try await started(upstreams)
    for event in joined { upstreams.tell(event) }
    let large = UpstreamEvent.event(
      namespace: "/", name: "hold", arguments: Array("[]".utf8), attachments: [[UInt8](repeating: 1, count: 65 << 20)], ack: nil)
    upstreams.tell(large)
    #expect(await upstreams.calls.first("pause") == "pause")
    _ = await harness.lines.first("event 3 / hold")
    _ = await withCheckedContinuation { done in
      harness.host.deliver(HostHarness.event(1), to: "test-upstream") { done.resume(returning: $0) }
    }
    #expect(await upstreams.calls.first("resume") == "resume")
    await harness.host.stop()
  }

  @Test("an account's state follows its namespace: what changed is told, and of much flapping little")
  func channelStates() async throws {
    let upstreams = ScriptedUpstreams()
    let harness = try await started(upstreams)
    for event in joined { upstreams.tell(event) }
    upstreams.tell(.joined(namespace: "/known", socket: "c"))
    #expect(states(harness) == [#"tenant-a known {"state":{"state":"connected","event":"upstream"}}"#])
    for _ in 0..<50 {
      upstreams.tell(.disconnected(UpstreamEnd(.lost, "gone"), retryIn: 1))
      for event in joined { upstreams.tell(event) }
    }
    let told = states(harness)
    #expect(told.count == StateTeller.burst)
    #expect(told[1] == #"tenant-a known {"state":{"state":"connecting","event":"upstream","reason":"lost"}}"#)
    #expect(Set(harness.appended.withLock { $0.map(\.id) }).count == told.count, "none is taken for another")
    await harness.host.stop()
  }

  @Test("the adapter is as well as its connections are")
  func health() async throws {
    let upstreams = ScriptedUpstreams()
    let harness = try await started(upstreams)
    func health() -> String {
      guard case .running(let health, let detail) = harness.state("test-upstream") else { return "not running" }
      return "\(health) \(detail)"
    }
    #expect(health() == "degraded upstream up.example:8443 /: connecting")
    for event in joined { upstreams.tell(event) }
    #expect(health() == "ok ")
    #expect(harness.metrics.upstreamNamespaces.with("test-upstream", "joined").value == 2)
    upstreams.tell(.refused(namespace: "/known", message: "Invalid namespace", data: nil, retryIn: 1))
    #expect(health() == "degraded upstream up.example:8443 /known: Invalid namespace")
    for _ in 0..<5 { upstreams.tell(.disconnected(UpstreamEnd(.unreachable, "connection refused"), retryIn: 1)) }
    #expect(health() == "down upstream up.example:8443 /: connection refused")
    #expect(harness.metrics.upstreamNamespaces.with("test-upstream", "waiting").value == 2)
    await harness.host.stop()
    #expect(harness.metrics.upstreamNamespaces.with("test-upstream", "waiting").value == 0)
  }
}
