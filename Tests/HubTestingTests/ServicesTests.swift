import HubPluginSDK
import HubTesting
import OrderedJSON
import Synchronization
import Testing

/// An adapter that lends its services, by its name.
private final class Lender: HubReceiveOnlyChannel {
  static let descriptor = HubDescriptor(.channel, name: "lender", version: "1.0.0", summary: "Lends.", configSchema: "{}")
  static let lent = Mutex<[String: HubServices]>([:])

  init(name: String, config: JSONValue, services: HubServices) throws { Self.lent.withLock { $0[name] = services } }
  func start() async throws {}
}

@Suite("Services of the SDK that need more than one of the host") struct ServicesTests {
  private func services(of host: FakeHost, _ name: String = #function) throws -> HubServices {
    try host.load(Lender.self, as: name, config: [:])
    return try #require(Lender.lent.withLock { $0[name] })
  }

  @Test("of several secrets those that can be read are given, in order, and a text that is no handle stands for itself")
  func secrets() throws {
    let host = FakeHost()
    host.state.withLock { $0.secrets = ["secret://file/new": "n", "secret://file/old": "o", "secret://file/empty": ""] }
    let services = try services(of: host)
    let found = Mutex<[[UInt8]]?>(nil)
    services.secrets(["secret://file/new", "secret://file/gone", "plain", "secret://file/empty", "secret://file/old"]) { values in
      found.withLock { $0 = values }
    }
    #expect(found.withLock { $0 } == [Array("n".utf8), Array("plain".utf8), Array("o".utf8)])
  }

  @Test("what has to go on does so by the hub's timer, and without one by itself", arguments: [nil, HubError.Code.busy, .unsupported])
  func later(_ refusal: HubError.Code?) async throws {
    let host = FakeHost()
    host.state.withLock { $0.timerRefusal = refusal }
    let services = try services(of: host, "later \(refusal.map { "\($0)" } ?? "")")
    await withCheckedContinuation { continuation in
      try? services.later(milliseconds: 5) { continuation.resume() }
      if refusal == nil { host.fireTimer() }
    }
    #expect(host.state.withLock { $0.timers } == (refusal == nil ? [5] : []))
  }

  @Test("after the end of the adapter nothing goes on")
  func laterAfterTheEnd() async throws {
    let host = FakeHost()
    let services = try services(of: host)
    try services.later(milliseconds: 5) { Issue.record("it went on") }
    host.destroy()
    #expect(throws: HubError.self) { try services.later(milliseconds: 5) { Issue.record("it went on") } }
  }
}
