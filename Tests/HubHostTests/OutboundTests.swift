import HubModel
import HubTelemetry
import NIOCore
import Testing

@testable import HubHost

/// `loopback`: every call of both sides passes as bytes, as it would to another process.
@Suite("Requests of plugins to outside", .timeLimit(.minutes(5)))
struct OutboundTests {
  private func started(_ outbound: ScriptedOutbound, loopback: Bool = false) async throws -> HostHarness {
    let harness = try HostHarness(outbound: outbound)
    var spec = try await harness.spec("outbound", loopback: loopback)
    spec.secrets = ["secret://mine", "secret://empty"]
    spec.egress = EgressRule(["*.example", "named.example"])
    try await harness.host.start([spec])
    return harness
  }

  private func count(_ harness: HostHarness, _ outcome: String) -> Double {
    harness.metrics.outboundRequests.with("test-outbound", outcome).value
  }

  @Test("a request is made as asked, with secrets in place; what makes no sense or is out of reach is refused", arguments: [false, true])
  func sends(loopback: Bool) async throws {
    let outbound = ScriptedOutbound()
    let harness = try HostHarness(outbound: outbound)
    var spec = try await harness.spec("outbound", loopback: loopback)
    spec.secrets = ["secret://mine", "secret://empty"]
    spec.egress = EgressRule(["api.EXAMPLE", "named.example"])
    try await harness.host.start([spec])
    #expect(await harness.lines.first("send") == "send 0 0 0 2 2 2 2 2 2 5")
    let request = try #require(outbound.requests.first)
    #expect(outbound.requests.count == 2, "not the one whose upload is gone")
    #expect(request.method == "POST" && request.url.text == "https://api.example:443/v1?x=1" && request.timeout == .milliseconds(1500))
    #expect(request.headers.map { "\($0.0)=\($0.1)" } == ["Authorization=Bearer value", "X-Plain=secret://foreign"])
    #expect(request.parts.map(\.length) == [4, 8, 5])
    guard case .file(let file, isBase64: true) = request.parts[1] else {
      Issue.record("not a file")
      return
    }
    #expect(file == OutboundFile(path: "/uploads/med_1", size: 5))
    #expect(await harness.lines.first("failed 813") == "failed 813 2 0 an upload is not there")
    #expect(count(harness, "invalid") == 6 && count(harness, "egress") == 1 && count(harness, "file") == 1)
    #expect(harness.metrics.drops.with("egress", "denied").value == 1)
    await harness.host.stop()
  }

  @Test("a stranger's URL is guarded unless egress names its very host")
  func guards() async throws {
    let outbound = ScriptedOutbound()
    let harness = try await started(outbound)
    #expect(outbound.requests.map(\.isGuarded) == [true, false, true])
    await harness.host.stop()
  }

  @Test("the answer comes to its token with its cause, and an answer over the limit as such", arguments: [false, true])
  func answers(loopback: Bool) async throws {
    let outbound = ScriptedOutbound()
    let harness = try await started(outbound, loopback: loopback)
    outbound.answer(0, status: 207, headers: [("X-One", "1"), ("X-Two", "2")], "hello", "five!")
    #expect(await harness.lines.first("response 811") == "response 811 207 2 X-One=1 hellofive! cause=why")
    outbound.fail(1, OutboundFailure(.unreachable, wasWritten: false, "connection refused"))
    #expect(await harness.lines.first("failed 812") == "failed 812 1 0 connection refused")
    #expect(count(harness, "2xx") == 1 && count(harness, "unreachable") == 1)
    await harness.host.stop()

    let second = ScriptedOutbound()
    let strict = try await started(second, loopback: loopback)
    second.answer(0, status: 200, "eleven byte", "s")
    #expect(await strict.lines.first("failed 811") == "failed 811 2 1 the answer is too large")
    second.answer(1, status: 200, headers: [("Content-Length", "1048577")])
    #expect(await strict.lines.first("failed 812") == "failed 812 2 1 the answer is too large")
    #expect(count(strict, "too_large") == 2)
    await strict.host.stop()
  }

  @Test(
    "a failure is told with what is known of it",
    arguments: [
      (OutboundFailure.Reason.guarded, 5), (.unresolved, 1), (.unreachable, 1), (.tls, 1), (.timeout, 7), (.broken, 1), (.file, 2),
    ])
  func fails(reason: OutboundFailure.Reason, status: Int) async throws {
    let outbound = ScriptedOutbound()
    let harness = try await started(outbound)
    outbound.fail(0, OutboundFailure(reason, wasWritten: true, "words"))
    #expect(await harness.lines.first("failed 811") == "failed 811 \(status) 1 words")
    // One request of the plugin names an upload that is gone.
    #expect(count(harness, reason.rawValue) == (reason == .file ? 2 : 1))
    await harness.host.stop()
  }

  @Test("what is under way when the instance ends is given up and completed as closed", arguments: [false, true])
  func ends(loopback: Bool) async throws {
    let outbound = ScriptedOutbound()
    let harness = try await started(outbound, loopback: loopback)
    _ = await harness.lines.first("failed 813")
    await harness.host.stop()
    #expect(Set(outbound.calls.all) == ["cancel 0", "cancel 1", "cancel 2"])
    let ends = harness.lines.all.filter { $0.hasPrefix("completed") || $0.hasPrefix("failed") || $0 == "destroyed" }
    #expect(
      ends == [
        "failed 813 2 0 an upload is not there", "completed 811 4 the adapter has ended", "completed 812 4 the adapter has ended",
        "completed 826 4 the adapter has ended", "destroyed",
      ])
    #expect(count(harness, "cancelled") == 3)
  }

  @Test("a hub without a client says so")
  func unsupported() async throws {
    let harness = try HostHarness()
    try await harness.host.start([harness.spec("outbound")])
    #expect(await harness.lines.first("send") == "send 3 3 3 3 3 3 3 3 3 3")
    await harness.host.stop()
  }

  @Test("no more requests and bytes are let in than there is room for, and what ended makes room")
  func room() {
    let outbound = AdapterOutbound()
    let numbers = (0..<AdapterOutbound.maximumRequests).compactMap { _ in outbound.begin(holding: 0) }
    #expect(numbers.count == AdapterOutbound.maximumRequests && outbound.begin(holding: 0) == nil)
    #expect(outbound.end(numbers[0], releasing: 0) && !outbound.end(numbers[0], releasing: 0))
    #expect(outbound.begin(holding: AdapterOutbound.maximumBytes + 1) == nil)
    #expect(outbound.begin(holding: AdapterOutbound.maximumBytes) != nil)
    #expect(!outbound.hold(1))
    outbound.close()
    #expect(outbound.begin(holding: 0) == nil && outbound.isClosed && outbound.count == 0)
  }
}
