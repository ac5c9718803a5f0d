import HubPluginSDK
import HubTesting
import OrderedJSON
import Synchronization
import Testing

/// Passes on what it hears, and says back what it is delivered.
private final class Relay: HubUpstreamHandler {
  static let descriptor = HubDescriptor(.channel, name: "relay", version: "1.0.0", summary: "Relays.", configSchema: "{}")
  private let services: HubServices

  init(name: String, config: JSONValue, services: HubServices) throws { self.services = services }

  func start() async throws {
    var options = HubUpstreamOptions(
      url: "https://up.example", namespaces: [.init("/"), .init("/desk", auth: ["token": "secret://t"], account: "desk")])
    options.headers = [("apikey", "secret://k")]
    options.maxMessage = 64 << 20
    try services.openUpstream(options, id: 1)
  }

  func changed(_ change: HubUpstreamChange, upstream: UInt32) { services.log(.info, "\(change)") }

  func event(_ event: HubUpstreamEvent, done: HubUpstreamDone) {
    if event.name == "bad" { return done.fail(HubError(.invalid, "bad")) }
    let message = HubEvent(
      id: "1", kind: "message.created", account: "desk", conversation: "55", cause: event.cause, timeMilliseconds: 1,
      body: event.attachments.first ?? event.arguments)
    services.emit([message]) { _ in done("stored") }
  }

  func deliver(_ event: HubEvent, done: HubDelivery) {
    do {
      try services.send(upstream: 1, namespace: "/desk", "typing", arguments: Array("[true]".utf8))
    } catch {
      return done.fail(error)
    }
    services.emit(upstream: 1, namespace: "/desk", "say", arguments: event.body, attachments: [[1, 2]]) { result in
      switch result {
      case .success: done.succeed()
      case .failure(let error): done.fail(error)
      }
    }
  }
}

@Suite("Upstream connections in the fake host", .timeLimit(.minutes(5)))
struct FakeUpstreamTests {
  private let event = HubEvent(
    id: "1", kind: "send", account: "desk", conversation: "c", cause: "", timeMilliseconds: 1, body: Array(#"["hi"]"#.utf8))

  private func started() async throws -> FakeHost {
    let host = FakeHost()
    try host.load(Relay.self, config: [:])
    try await host.start()
    return host
  }

  @Test("what an adapter opens can be seen, with secrets as handles")
  func opens() async throws {
    let host = try await started()
    let upstream = try #require(host.state.withLock { $0.upstreams[1] })
    #expect(upstream.url == "https://up.example" && upstream.headers == ["apikey": "secret://k"] && upstream.maxMessage == 64 << 20)
    #expect(upstream.namespaces.map(\.name) == ["/", "/desk"])
    #expect(upstream.namespaces.first?.auth == nil, "none was given")
    #expect(upstream.namespaces.last?.auth == ["token": "secret://t"] && upstream.namespaces.last?.account == "desk")
    host.destroy()
    #expect(host.state.withLock { $0.upstreams.isEmpty })
  }

  @Test("changes and events reach it, with attachments, and its answer comes back")
  func hears() async throws {
    let host = try await started()
    let changes: [HubUpstreamChange] = [
      .connected, .joined(namespace: "/desk"), .refused(namespace: "/", message: "no", data: ["code": 1], retryMilliseconds: 5),
      .left(namespace: "/desk", retryMilliseconds: 6), .lost(namespace: nil, bytes: 7),
      .disconnected(reason: "refused", text: "403", status: 403, retryMilliseconds: 8),
    ]
    for change in changes { host.change(change) }
    #expect(host.state.withLock { $0.log.map(\.message) } == changes.map { "\($0)" })
    #expect(try await host.event(namespace: "/desk", "m", [["a": 1]], attachments: [[9]], wantsAnswer: true, cause: "c-7") == ["stored"])
    #expect(host.state.withLock { $0.events.first?.body } == [9])
    #expect(host.state.withLock { $0.events.first?.cause } == "c-7")
    await #expect(throws: HubError(.invalid, "bad")) { try await host.event("bad", []) }
  }

  @Test("it sends where the test let it join, and gets the answer the test gives")
  func sends() async throws {
    let host = try await started()
    await #expect(throws: HubError(.closed, "nothing was sent to /desk")) { try await host.deliver(event) }
    host.change(.joined(namespace: "/desk"))
    async let delivered: Void = host.deliver(event)
    while host.state.withLock({ $0.upstreamEmits.count }) < 2 { await Task.yield() }
    #expect(
      host.state.withLock { $0.upstreamEmits } == [
        .init(upstream: 1, namespace: "/desk", name: "typing", arguments: [true], attachments: [], wantsAnswer: false),
        .init(upstream: 1, namespace: "/desk", name: "say", arguments: ["hi"], attachments: [[1, 2]], wantsAnswer: true),
      ])
    host.answerUpstream(["ok"])
    try await delivered
    let refused = Task { [event] in try await host.deliver(event) }
    while host.state.withLock({ $0.upstreamEmits.count }) < 4 { await Task.yield() }
    host.answerUpstream([], failing: HubError(.timeout, "late"))
    await #expect(throws: HubError(.timeout, "late")) { try await refused.value }
  }
}
