import HubPluginSDK
import HubTesting
import OrderedJSON
import Synchronization
import Testing

/// An adapter that sends every event it is delivered to a server.
private final class Poster: HubAdapter {
  static let descriptor = HubDescriptor(.channel, name: "poster", version: "1.0.0", summary: "Posts.", configSchema: "{}")
  private let services: HubServices

  init(name: String, config: JSONValue, services: HubServices) throws { self.services = services }

  func start() async throws {}

  func deliver(_ event: HubEvent, done: HubDelivery) {
    var request = HubOutboundRequest("POST", "https://api.example/v1", contentType: "application/json", body: event.body)
    request.headers.append(("Authorization", "Bearer secret://token"))
    request.parts.append(.upload("med_1", base64: true))
    (request.isForeign, request.timeout, request.maxBody, request.cause) = (true, .milliseconds(1500), 9, event.cause)
    services.http.send(request) { outcome in
      switch outcome {
      case .success(let response) where response.status < 300: done.succeed()
      case .success(let response): done.fail(HubError(.failed, "\(response.status) \(response.header("retry-after") ?? "")"))
      case .failure(let failure): done.fail(HubError(failure.code, "\(failure) \(failure.wasWritten)"))
      }
    }
  }
}

@Suite("Requests to outside in the test kit", .timeLimit(.minutes(5)))
struct FakeOutboundTests {
  private func started(_ answer: FakeHost.OutboundAnswer) async throws -> FakeHost {
    let host = FakeHost()
    host.state.withLock { $0.outbound = { _ in answer } }
    try host.load(Poster.self, config: [:])
    try await host.start()
    return host
  }

  private let event = HubEvent(
    id: "1", kind: "send", account: "a", conversation: "c", cause: "why", timeMilliseconds: 1, body: Array("{\"n\":1}".utf8))

  private func failure(_ answer: FakeHost.OutboundAnswer) async throws -> HubError? {
    let host = try await started(answer)
    do {
      try await host.deliver(event)
      return nil
    } catch {
      return error
    }
  }

  @Test("a request is kept as it was made, and the scripted answer comes back")
  func answers() async throws {
    let host = try await started(.json(["ok": true]))
    try await host.deliver(event)
    let request = try #require(host.state.withLock { $0.outboundRequests.first })
    #expect(request.method == "POST" && request.url == "https://api.example/v1" && request.cause == "why")
    #expect(request.header("authorization") == "Bearer secret://token" && request.header("content-type") == "application/json")
    #expect(request.json == ["n": 1] && request.parts.last == .upload("med_1", base64: true))
    #expect(request.isForeign && request.timeout == 1500 && request.maxBody == 9)
  }

  @Test("refusals, failures and bad answers come to the adapter as the hub gives them")
  func failures() async throws {
    let refused = try await failure(.refused(.denied))
    #expect(refused?.code == .denied && refused?.message.hasSuffix("false") == true)
    #expect(try await failure(.failure(.timeout, wasWritten: true, "late")) == HubError(.timeout, "late true"))
    #expect(try await failure(.failure(.failed, wasWritten: false, "refused")) == HubError(.failed, "refused false"))
    let answer = HubHTTPResponse(status: 503, headers: [("Retry-After", "7")])
    #expect(try await failure(.response(answer)) == HubError(.failed, "503 7"))
  }

  @Test("a request waits for its answer, and is closed with its adapter")
  func held() async throws {
    let host = try await started(.held)
    async let delivered: Void = host.deliver(event)
    while host.state.withLock({ $0.heldOutbound }) == 0 { await Task.yield() }
    host.answerOutbound(.json([:], status: 201))
    try await delivered
    async let second = outcome(of: host)
    while host.state.withLock({ $0.heldOutbound }) == 0 { await Task.yield() }
    host.destroy()
    #expect(await second == .closed)
  }

  private func outcome(of host: FakeHost) async -> HubError.Code? {
    do {
      try await host.deliver(event)
      return nil
    } catch {
      return error.code
    }
  }
}
