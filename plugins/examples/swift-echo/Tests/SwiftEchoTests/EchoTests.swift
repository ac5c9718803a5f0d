import HubPluginSDK
import HubTesting
import OrderedJSON
import Synchronization
import Testing

@testable import SwiftEcho

@Suite("Echo")
struct EchoTests {
  private func started() async throws -> FakeHost {
    let host = FakeHost()
    try host.load(Echo.self, config: ["path": "/echo", "account": "desk"])
    try await host.start()
    return host
  }

  private func post(_ host: FakeHost, _ body: JSONValue) async -> FakeHost.Response {
    await host.request("POST", "/echo", body: body.serialized(), route: 1)
  }

  @Test("a posted text is one inbound message, however often it is posted")
  func message() async throws {
    let host = try await started()
    #expect(host.state.withLock { $0.routes } == [.init("POST", "/echo", number: 1)])
    for _ in 0..<2 { #expect(await post(host, ["from": "5511991230001", "text": "Olá", "id": "m1"]).status == 200) }
    let events = host.state.withLock { $0.events }
    #expect(events.map(\.id) == ["m1"] && events.first?.account == "desk" && events.first?.cause == "cause-1")
    #expect(try JSONValue(parsing: events.first?.body ?? [])["message"]?["text"] == "Olá")
  }

  @Test("what is not stored is not acknowledged")
  func unavailable() async throws {
    let host = try await started()
    host.state.withLock { $0.journal = .failing }
    let answer = await post(host, ["from": "5511991230001", "text": "Olá"])
    #expect(answer.status == 503 && answer.headers["Retry-After"] == "1")
  }

  @Test("a body without a phone or a text is refused")
  func refused() async throws {
    let host = try await started()
    for body in [[:], ["from": "abc", "text": "x"], ["from": "55"]] as [JSONValue] { #expect(await post(host, body).status == 400) }
    #expect(host.state.withLock { $0.events.isEmpty })
  }
}
