import HubPluginSDK
import HubTesting
import OrderedJSON
import Synchronization
import Testing

@testable import Evolution

@Suite(.timeLimit(.minutes(5))) struct MediaTests {
  private static let media: JSONValue = ["id": "3A5C", "mimeType": "image/png", "message": "3A5C", "conversation": "5511991230001"]

  private static func host(_ answer: @escaping @Sendable (FakeHost.OutboundRequest) -> FakeHost.OutboundAnswer) async throws -> FakeHost {
    let host = try await TestWebhook.host { config in
      config["url"] = "http://evo.example:8080"
      config["silence"] = "0s"
    }
    host.state.withLock { $0.outbound = answer }
    return host
  }

  private static func reason(_ answer: FakeHost.MediaAnswer) -> HubError.Code? {
    if case .missing(let error) = answer { error.code } else { nil }
  }

  @Test("a file is fetched out of its message by the server, whatever its size", arguments: [1, 2, 3, 100_000])
  func fetches(count: Int) async throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let host = try await Self.host { _ in
      .json(["mimetype": "image/jpeg", "base64": .string(Base64Text.encode(bytes)), "fileName": "a.jpg"], status: 201)
    }
    guard case .content(let mimeType, let content) = await host.openMedia(Self.media, account: "loja-centro") else {
      Issue.record("no content")
      return
    }
    #expect(mimeType == "image/jpeg" && content == bytes)
    let request = try #require(host.state.withLock { $0.outboundRequests.first })
    #expect(request.url == "http://evo.example:8080/chat/getBase64FromMediaMessage/loja-centro")
    #expect(request.json == ["message": ["key": ["id": "3A5C"]], "convertToMp4": false])
  }

  /// A server that has the message from the question of that number on; the waits between the questions end as soon as they begin.
  private static func host(hasItFrom question: Int) async throws -> (host: FakeHost, answer: FakeHost.MediaAnswer) {
    let asked = Mutex(0)
    let host = try await Self.host { _ in
      let number = asked.withLock { asked in
        asked += 1
        return asked
      }
      return number < question
        ? .json(["status": 400, "response": ["message": ["Message not found"]]], status: 400) : .json(["base64": "AAE="], status: 201)
    }
    host.state.withLock { $0.timers = [] }
    async let answer = host.openMedia(Self.media, account: "loja-centro")
    for wait in 1..<min(question, 4) {
      while host.state.withLock({ $0.timers.count < wait }) { await Task.yield() }
      #expect(host.state.withLock { $0.outboundRequests.count } == wait)
      host.fireTimer()
    }
    return (host, await answer)
  }

  @Test("a message that isn't in the database yet is asked for again, after waits that double", arguments: 2...4)
  func notYet(question: Int) async throws {
    let (host, answer) = try await Self.host(hasItFrom: question)
    guard case .content("image/png", [0, 1]) = answer else {
      Issue.record("no content")
      return
    }
    #expect(host.state.withLock { $0.timers } == Array([500, 1000, 2000].prefix(question - 1)))
    #expect(host.state.withLock { $0.outboundRequests.count } == question)
  }

  @Test("one that isn't there the fourth time either is not found, and not asked for any more")
  func neverThere() async throws {
    let (host, answer) = try await Self.host(hasItFrom: 5)
    #expect(Self.reason(answer) == .notFound)
    #expect(host.state.withLock { $0.timers } == [500, 1000, 2000] && host.state.withLock { $0.outboundRequests.count } == 4)
  }

  @Test("what will never be there is told apart from what isn't now")
  func absent() async throws {
    for (answer, code) in [
      (.json(["response": ["message": ["The message is not of the media type"]]], status: 400), .notFound),
      (.json(["base64": "%%%"], status: 201), .notFound), (.json([:], status: 201), .notFound), (.json([:], status: 500), .failed),
      (.failure(.timeout, wasWritten: true, "no answer in time"), .failed),
    ] as [(FakeHost.OutboundAnswer, HubError.Code)] {
      let host = try await Self.host { _ in answer }
      #expect(Self.reason(await host.openMedia(Self.media, account: "loja-centro")) == code)
    }
  }

  @Test("a file in the server's storage is fetched there, as a stranger's address")
  func storage() async throws {
    let host = try await Self.host { _ in .json([:]) }
    var media = try #require(Self.media.object)
    media["url"] = "https://storage.example/a.jpg"
    guard case .fetch(let request, nil, nil) = await host.openMedia(.object(media), account: "loja-centro") else {
      Issue.record("not fetched")
      return
    }
    #expect(request.url == "https://storage.example/a.jpg" && request.isForeign && request.header("apikey") == nil)
  }

  @Test("what is no Base64 is none", arguments: ["", "A", "AA", "data:image/png", "é==="])
  func broken(_ text: String) { #expect(Base64.decode(text) == nil) }

  @Test("a data URL is decoded without its head")
  func dataURL() { #expect(Base64.decode("data:image/png;base64,AAE=") == [0, 1]) }
}
