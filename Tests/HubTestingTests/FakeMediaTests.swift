import HubPluginSDK
import HubTesting
import OrderedJSON
import Synchronization
import Testing

/// A channel that keeps how often its media were opened.
private final class Album: HubReceiveOnlyChannel, HubMediaSource {
  static let descriptor = HubDescriptor(.channel, name: "album", version: "1.0.0", summary: "Has media.", configSchema: "{}")
  private let services: HubServices

  init(name: String, config: JSONValue, services: HubServices) throws { self.services = services }

  func start() async throws {
    let count = try await services.values.get("starts").flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 0
    try await services.values.put(Array("\(count + 1)".utf8), for: "starts", lifetime: .seconds(2))
    try await services.values.remove("never")
  }

  func open(_ request: HubMediaRequest, answer: HubMediaAnswer) {
    switch request.media["id"]?.string {
    case "url":
      var fetch = HubOutboundRequest("GET", "https://cdn.example/\(request.account)/\(request.message)")
      fetch.isForeign = true
      answer.fetch(fetch, size: 3, sha256: "a1")
    case "bytes": answer.content([1, 2, 3], mimeType: "image/png")
    default: answer.fail(HubError(.notFound, "too old"))
    }
  }
}

@Suite("Media and values in the test kit")
struct FakeMediaTests {
  @Test("a channel is asked for media, and its answer comes back")
  func media() async throws {
    let host = FakeHost()
    try host.load(Album.self, config: [:])
    try await host.start()
    guard case .fetch(let request, 3, "a1") = await host.openMedia(["id": "url", "message": "wamid.1"], account: "main") else {
      Issue.record("no request")
      return
    }
    #expect(request.url == "https://cdn.example/main/wamid.1" && request.isForeign)
    guard case .content("image/png", [1, 2, 3]) = await host.openMedia(["id": "bytes"], account: "main") else {
      Issue.record("no content")
      return
    }
    guard case .missing(let error) = await host.openMedia(["id": "other"], account: "main") else {
      Issue.record("a medium")
      return
    }
    #expect(error == HubError(.notFound, "too old"))
  }

  @Test("values outlive the adapter, and an operation can be refused")
  func values() async throws {
    let host = FakeHost()
    for starts in ["1", "2"] {
      try host.load(Album.self, config: [:])
      try await host.start()
      #expect(host.state.withLock { $0.values } == ["starts": Array(starts.utf8)])
    }
    #expect(host.state.withLock { $0.lifetimes } == [2000, 2000])
    host.state.withLock { $0.valueRefusal = .busy }
    try host.load(Album.self, config: [:])
    await #expect(throws: HubError(.busy, "refused")) { try await host.start() }
  }
}
