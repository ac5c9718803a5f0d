import HubModel
import HubTelemetry
import NIOCore
import Testing

@testable import HubHost

/// `loopback`: every call of both sides passes as bytes, as it would to another process.
@Suite("Media of channels", .timeLimit(.minutes(5)))
struct MediaTests {
  private func started(loopback: Bool = false, deadline: Duration = .seconds(15)) async throws -> HostHarness {
    let harness = try HostHarness()
    var spec = try await harness.spec("media", loopback: loopback)
    spec.secrets = ["secret://mine"]
    spec.egress = EgressRule(["*.example"])
    spec.deadlines.request = deadline
    try await harness.host.start([spec])
    return harness
  }

  private func open(_ word: String, in harness: HostHarness, account: String = "known", channel: String = "test-media") async -> MediaSource
  {
    await withCheckedContinuation { done in
      harness.host.openMedia(channel: channel, account: account, media: Array("{\"id\":\"\(word)\"}".utf8)) { done.resume(returning: $0) }
    }
  }

  private func missing(_ source: MediaSource) -> MediaFailure? { if case .missing(let failure) = source { failure } else { nil } }

  @Test("a channel names the request that gives a medium, or has its bytes at hand, or has none", arguments: [false, true])
  func answers(loopback: Bool) async throws {
    let harness = try await started(loopback: loopback)
    guard case .request(let request, let facts) = await open("twice", in: harness) else {
      Issue.record("no request")
      return
    }
    #expect(facts == MediaFacts(size: -1, sha256: ""))
    #expect(request.url.text == "https://cdn.example:443/m" && request.isGuarded)
    #expect(request.headers.map { "\($0.0)=\($0.1)" } == ["Authorization=Bearer value"])
    #expect(harness.metrics.adapterStrayAnswers.with("test-media", "repeated").value == 1)
    guard case .content("image/png", let bytes) = await open("bytes", in: harness) else {
      Issue.record("no content")
      return
    }
    #expect(String(buffer: bytes) == "PNG")
    guard case .request(_, let known) = await open("known", in: harness) else {
      Issue.record("no request")
      return
    }
    #expect(known.size == 3 && known.sha256 == "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae")
    #expect(missing(await open("no digest", in: harness)) == .failed)
    #expect(missing(await open("gone", in: harness)) == .notFound)
    #expect(missing(await open("bad", in: harness)) == .failed)
    #expect(await harness.lines.first("media") == "media known")
    await harness.host.stop()
    #expect(missing(await open("bytes", in: harness)) == .unavailable)
  }

  @Test("a channel that isn't there, an account it hasn't, and one that doesn't answer give nothing")
  func unavailable() async throws {
    let harness = try await started(deadline: .milliseconds(200))
    #expect(missing(await open("bytes", in: harness, account: "other")) == .unavailable)
    #expect(missing(await open("bytes", in: harness, channel: "nobody")) == .unavailable)
    #expect(missing(await open("deaf", in: harness)) == .unavailable)
    await harness.host.stop()
  }
}
