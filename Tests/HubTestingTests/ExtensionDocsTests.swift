import Foundation
import HubPluginSDK
import HubTesting
import OrderedJSON
import Synchronization
import Testing

/// docs/extensions.md says what compiles, and what it says is what happens.
@Suite("The extensions, as docs/extensions.md shows them") struct ExtensionDocsTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The code of one language on the page.
  private static func blocks(_ language: String) throws -> [String] {
    let page = try String(contentsOf: root.appending(path: "docs/extensions.md"), encoding: .utf8)
    return page.components(separatedBy: "```\(language)\n").dropFirst().map { $0.components(separatedBy: "\n```")[0] }
  }

  private static func lines(_ text: String) -> String {
    text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { $0.isEmpty == false }.joined(separator: "\n")
  }

  @Test("every example in Swift is part of the adapter that these tests run")
  func swift() throws {
    let source = Self.lines(
      try String(
        contentsOf: URL(filePath: #filePath).deletingLastPathComponent().appending(path: "ExtensionExamples.swift"), encoding: .utf8))
    let blocks = try Self.blocks("swift")
    #expect(blocks.count >= 5)
    for block in blocks { #expect(source.contains(Self.lines(block)), "not in ExtensionExamples.swift:\n\(block)") }
  }

  @Test("the examples in C compile, one after the other, with the header and nothing else")
  func c() async throws {
    let blocks = try Self.blocks("c")
    #expect(blocks.count >= 5)
    let folder = FileManager.default.temporaryDirectory.appending(path: "hub-docs-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "extensions.c")
    let head = """
      #include <hub_plugin.h>
      #include <stdio.h>
      #include <string.h>
      struct hub_instance { const hub_host_api *api; hub_host *host; };
      static hub_str text(const char *s) { return (hub_str){s, strlen(s)}; }

      """
    try (head + blocks.joined(separator: "\n")).write(to: file, atomically: false, encoding: .utf8)
    let include = Self.root.appending(path: "Sources/CHubPlugin/include").path
    let run = try await ChildRun.of([
      "gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-Wno-unused", "-fsyntax-only", "-I", include, file.path,
    ])
    #expect(run.status == 0, "\(run.errors)")
  }

  private static func host() async throws -> FakeHost {
    let host = FakeHost()
    host.state.withLock { $0.values["position"] = Array("41".utf8) }
    try host.load(Desk.self, config: ["url": "https://desk.example", "token": "secret://env/DESK_TOKEN"])
    try await host.start()
    host.change(.connected)
    host.change(.joined(namespace: "/agents"))
    return host
  }

  @Test("a request's answer, or that there is none, is the outcome of a send")
  func client() async throws {
    let host = try await Self.host()
    let answers: [(FakeHost.OutboundAnswer, HubOutcome)] = [
      (.json(["id": "m1"], status: 201), .accepted(providerMessageID: "m1")),
      (.failure(.timeout, wasWritten: true, "no answer in time"), .unknown(code: "no_answer", text: "no answer in time")),
      (.failure(.failed, wasWritten: false, "refused"), .retry(code: "unreachable", text: "refused")),
      (.refused(.denied), .rejected(code: "denied", text: "the request was refused")),
      (
        .response(HubHTTPResponse(status: 429, headers: [("Retry-After", "3")])),
        .retry(afterMilliseconds: 3000, scope: .account, code: "429")
      ),
    ]
    for (answer, outcome) in answers {
      host.state.withLock { $0.outbound = { _ in answer } }
      #expect(await host.send(["type": "text", "text": "oi"], to: .init("room/1"), account: "desk") == outcome)
    }
    let request = try #require(host.state.withLock { $0.outboundRequests.first })
    #expect(request.url == "https://desk.example/rooms/room%2F1" && request.header("Authorization") == "Bearer secret://env/DESK_TOKEN")
    #expect(request.json["text"] == "oi" && request.timeout == 20_000)
  }

  @Test("what was kept is there after a restart")
  func values() async throws {
    let host = try await Self.host()
    #expect(host.state.withLock { $0.upstreams[1]?.query } == ["since": "41"])
    host.state.withLock { $0.valueRefusal = .busy }
    try host.load(Desk.self, config: ["url": "https://desk.example", "token": "secret://env/DESK_TOKEN"])
    await #expect(throws: HubError(.busy, "refused")) { try await host.start() }
  }

  @Test("what is kept can be read back, and has an end")
  func keeps() async throws {
    let host = try await Self.host()
    try await host.event(namespace: "/agents", "position", ["42"])
    #expect(host.state.withLock { $0.values["position"] } == Array("42".utf8))
    #expect(host.state.withLock { $0.lifetimes } == [30 * 86_400_000])
  }

  @Test("a file is fetched from where the message says, as a stranger's address")
  func media() async throws {
    let host = try await Self.host()
    guard case .fetch(let request, nil, nil) = await host.openMedia(["url": "https://cdn.example/a.png"], account: "desk") else {
      Issue.record("nothing is fetched")
      return
    }
    #expect(request.url == "https://cdn.example/a.png" && request.isForeign)
    guard case .missing(let error) = await host.openMedia([:], account: "desk") else { return }
    #expect(error.code == .notFound)
  }

  @Test("an event of the socket is done once its message is in the journal")
  func socket() async throws {
    let host = try await Self.host()
    #expect(host.state.withLock { $0.upstreams[1]?.namespaces.first?.auth } == ["token": "secret://env/DESK_TOKEN"])
    try await host.event(namespace: "/agents", "message", [["id": "m1", "room": "r1", "text": "oi"]])
    #expect(host.state.withLock { $0.events.map { "\($0.kind) \($0.id) \($0.conversation)" } } == ["message.created m1 r1"])
    host.state.withLock { $0.journal = .busy }
    await #expect(throws: HubError.self) {
      try await host.event(namespace: "/agents", "message", [["id": "m2", "room": "r1", "text": "oi"]])
    }
  }

  @Test("who looks at a conversation and who types in it is passed on")
  func interest() async throws {
    let host = try await Self.host()
    #expect(host.state.withLock { $0.wantsInterest })
    await host.interest(1, in: "r1", account: "desk")
    await host.interest(0, in: "r1", account: "desk")
    await host.typing(true, in: "r1", account: "desk")
    #expect(host.state.withLock { $0.upstreamEmits.map(\.name) } == ["watch", "unwatch", "typing"])
  }
}
