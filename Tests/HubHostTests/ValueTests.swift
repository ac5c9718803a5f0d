import HubTelemetry
import Synchronization
import Testing

@testable import HubHost
@testable import HubStore

/// `loopback`: every call of both sides passes as bytes, as it would to another process.
@Suite("Values of plugins", .timeLimit(.minutes(5)))
struct ValueTests {
  @Test("values are kept, found and forgotten in order, and what is too long is refused", arguments: [false, true])
  func keeps(loopback: Bool) async throws {
    let harness = try HostHarness()
    try await harness.host.start([harness.spec("values", loopback: loopback)])
    _ = await harness.lines.first("completed 838")
    let answers = harness.lines.all.filter { $0.hasPrefix("completed") }
    #expect(
      Set(answers) == [
        "completed 831 8 no such value", "completed 832 0 ", "completed 833 0 seven", "completed 834 0 ", "completed 835 8 no such value",
        "completed 836 2 the key is empty, or key or value are too long", "completed 837 2 the key is empty, or key or value are too long",
        "completed 838 0 ",
      ])
    #expect(harness.metrics.drops.with("values", "invalid").value == 2)
    await harness.host.stop()
    let found = await withCheckedContinuation { done in
      harness.services.values?.get(Array("kept".utf8), of: "test-values") { done.resume(returning: $0) }
    }
    #expect(try found.get() == Array("on".utf8))
    let foreign = await withCheckedContinuation { done in
      harness.services.values?.get(Array("kept".utf8), of: "another") { done.resume(returning: $0) }
    }
    #expect(try foreign.get() == nil)
  }

  @Test("a hub without a place for values says so")
  func unsupported() async throws {
    let harness = try HostHarness(keepsValues: false)
    try await harness.host.start([harness.spec("values")])
    #expect(await harness.lines.first("completed 831") == "completed 831 3 this hub keeps no values")
    await harness.host.stop()
  }
}
