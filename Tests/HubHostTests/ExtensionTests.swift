import CHubPlugin
import Dispatch
import Foundation
import HubModel
import HubTelemetry
import Logging
import NIOCore
import OrderedJSON
import RealtimeServer
import Synchronization
import Testing

@testable import HubHost
@testable import HubStore

/// `loopback`: every call of both sides passes as bytes, as it would to another process.
@Suite("Host side of the extensions")
struct ExtensionTests {
  @Test("emit maps accounts to tenants, counts what cannot be stored and stores the rest", arguments: [false, true])
  func emit(loopback: Bool) async throws {
    let harness = try HostHarness()
    try await harness.host.start([harness.spec("emit", loopback: loopback)])
    #expect(
      await harness.lines.first("completed 77") == #"completed 77 0 {"stored":1,"duplicate":0,"unknownAccount":1,"invalid":3}"#)
    let stored = harness.appended.withLock { $0 }
    #expect(stored.map(\.id) == ["m1"])
    #expect(stored.first?.tenant == "tenant-a")
    #expect(stored.first?.channel == "test-emit")
    #expect(stored.first?.cause == "cause-1")
    #expect(harness.volatile.withLock { $0.map(\.kind) } == ["typing"])
    #expect(harness.metrics.events.with("test-emit", "unknown_account").value == 1)
    #expect(harness.metrics.events.with("test-emit", "invalid").value == 3)
    #expect(harness.metrics.events.with("test-emit", "stored").value == 1)
    await harness.host.stop()
  }

  @Test("a full queue is HUB_EBUSY at once, a journal that cannot write is a failed completion", arguments: [false, true])
  func emitRefused(loopback: Bool) async throws {
    let full = try HostHarness(append: { _, _ throws(JournalError) in throw JournalError(.overloaded, "full") })
    try await full.host.start([full.spec("emit", loopback: loopback)])
    #expect(await full.lines.first("emit refused") == "emit refused 6")
    await full.host.stop()
    let broken = try HostHarness(append: { _, done throws(JournalError) in done(.failure(JournalError(.unavailable, "disk full"))) })
    try await broken.host.start([broken.spec("emit", loopback: loopback)])
    #expect(await broken.lines.first("completed 77") == "completed 77 1 unavailable: disk full")
    await broken.host.stop()
  }

  @Test("a plugin that takes its time over an answer does not hold up the journal that gives it", .timeLimit(.minutes(5)))
  func slowCompletion() async throws {
    let journal = DispatchQueue(label: "journal")
    let order = Lines()
    let harness = try HostHarness(append: { events, done throws(JournalError) in
      journal.async {
        done(.success(events.indices.map { .stored(sequence: UInt64($0) + 1) }))
        order.add("next batch")
      }
    })
    try await harness.host.start([harness.spec("emit-blocks")])
    _ = await order.first("next batch")
    // The plugin keeps its answer for two seconds before it says so.
    #expect(!harness.lines.all.contains { $0.hasPrefix("completed 77") })
    #expect(await harness.lines.first("completed 77").hasPrefix("completed 77 0"))
    await harness.host.stop()
  }

  @Test("what a plugin asks for while it is created is answered once it is, in order", .timeLimit(.minutes(5)), arguments: [false, true])
  func asksInCreate(loopback: Bool) async throws {
    let harness = try HostHarness()
    var spec = try await harness.spec("create-asks", loopback: loopback)
    spec.secrets = ["secret://mine"]
    try await harness.host.start([spec])
    #expect(await harness.lines.first("completed 605").hasPrefix("completed 605 5"))
    #expect(harness.lines.all.contains("completed 604 0 value"))
    await harness.host.stop()
  }

  @Test("work that blocks takes a few threads, and no more than a backlog waits for them")
  func boundedWork() async {
    let work = BoundedWork(label: "test", width: 2, backlog: 1)
    let gate = DispatchSemaphore(value: 0)
    let lines = Lines()
    for number in 1...3 {
      #expect(
        work.add {
          lines.add("began \(number)")
          gate.wait()
        })
    }
    _ = await (lines.first("began 1"), lines.first("began 2"))
    #expect(!work.add {})
    #expect(lines.all.count == 2)
    gate.signal()
    _ = await lines.first("began 3")
    gate.signal()
    gate.signal()
  }

  @Test("what a plugin still waits for when it ends is completed as closed, once, before it is destroyed", arguments: [false, true])
  func pendingAtTheEnd(loopback: Bool) async throws {
    let kept = Mutex<HostServices.Appended?>(nil)
    let harness = try HostHarness(append: { _, done throws(JournalError) in kept.withLock { $0 = done } })
    try await harness.host.start([harness.spec("pending", loopback: loopback)])
    _ = await harness.lines.first("waiting")
    await harness.host.stop()
    // The journal answers too late.
    kept.withLock { $0 }?(.success([.stored(sequence: 1)]))
    let ends = harness.lines.all.filter { $0.hasPrefix("completed") || $0 == "destroyed" }
    #expect(ends == ["completed 901 4 the adapter has ended", "completed 902 4 the adapter has ended", "destroyed"])
  }

  @Test("a sink says which kinds it wants while it starts, and not afterwards; a channel has nothing to choose", arguments: [false, true])
  func kinds(loopback: Bool) async throws {
    let harness = try HostHarness()
    #expect(harness.host.kinds(of: "test-picky") == nil)
    try await harness.host.start([harness.spec("picky", sink: true, loopback: loopback)])
    #expect(harness.host.kinds(of: "test-picky") == ["message.created", "message.status"])
    #expect(harness.lines.all.contains("only 0"))
    _ = await withCheckedContinuation { continuation in
      harness.host.deliver(HostHarness.event(1), to: "test-picky") { continuation.resume(returning: $0) }
    }
    #expect(harness.lines.all.filter { $0 == "only 5" }.count == 1)
    await harness.host.stop()
    #expect(harness.lines.all.filter { $0 == "only 5" }.count == 2, "nor while it stops")
    #expect(harness.host.kinds(of: "test-picky") == ["message.created", "message.status"], "known still, although it is gone")

    let failing = try HostHarness()
    try await failing.host.start([failing.spec("picky-fails", sink: true, loopback: loopback)])
    #expect(failing.state("test-picky-fails") == .failed(reason: "not today"))
    #expect(failing.host.kinds(of: "test-picky-fails") == ["message.created", "message.status"])
    await failing.host.stop()

    let channel = try HostHarness()
    try await channel.host.start([channel.spec("picky", loopback: loopback)])
    #expect(channel.lines.all.contains("only 5"))
    #expect(channel.host.kinds(of: "test-picky") == nil)
    await channel.host.stop()
  }

  @Test("a plugin is told which of its log lines are written", arguments: [false, true])
  func logLevel(loopback: Bool) async throws {
    for (level, told) in [(Logger.Level.trace, 1), (.debug, 1), (.info, 2)] {
      let harness = try HostHarness(level: level)
      try await harness.host.start([harness.spec("terse", loopback: loopback)])
      #expect(harness.lines.all.contains("least \(told)"))
      await harness.host.stop()
    }
  }

  @Test("a sink may not emit")
  func sinkEmits() async throws {
    let harness = try HostHarness()
    try await harness.host.start([harness.spec("emit", sink: true)])
    #expect(await harness.lines.first("emit refused") == "emit refused 5")
    await harness.host.stop()
  }

  @Test("a timer fires once, a cancelled one never", arguments: [false, true])
  func timer(loopback: Bool) async throws {
    let harness = try HostHarness()
    try await harness.host.start([harness.spec("timer", loopback: loopback)])
    #expect(await harness.lines.first("completed 502") == "completed 502 0 ")
    #expect(!harness.lines.all.contains { $0.hasPrefix("completed 501") })
    await harness.host.stop()
  }

  @Test("a metric carries the adapter's id, and a bad name is refused", arguments: [false, true])
  func metric(loopback: Bool) async throws {
    let harness = try HostHarness()
    try await harness.host.start([harness.spec("metric", loopback: loopback)])
    _ = await harness.lines.first("bad name refused")
    #expect(
      String(decoding: harness.metrics.registry.text().bytes, as: UTF8.self).contains(
        #"hub_plugin_things_total{adapter="test-metric",shape="round"} 3"#))
    await harness.host.stop()
  }

  @Test("a secret is given for the handles of the config and no others", arguments: [false, true])
  func secret(loopback: Bool) async throws {
    let harness = try HostHarness()
    var spec = try await harness.spec("secret", loopback: loopback)
    spec.secrets = ["secret://mine", "secret://empty"]
    try await harness.host.start([spec])
    #expect(await harness.lines.first("completed 601") == "completed 601 0 value")
    #expect(await harness.lines.first("completed 602").hasPrefix("completed 602 5"))
    #expect(await harness.lines.first("completed 603").hasPrefix("completed 603 8"))
    // Within the call that asks: the plugin's next step waits for no other thread.
    _ = await harness.lines.first("asked")
    #expect(harness.lines.all.prefix { $0 != "asked" }.filter { $0.hasPrefix("completed 60") }.count == 3)
    await harness.host.stop()
  }

  // MARK: HTTP

  func routed(loopback: Bool = false, _ edit: (inout AdapterSpec) -> Void = { _ in }) async throws -> HostHarness {
    let harness = try HostHarness()
    var spec = try await harness.spec("routes", loopback: loopback)
    spec.claims = [.httpPath("/hook"), .httpPath("/hook/mine"), .httpPath("/hook/maybe")]
    spec.deadlines.request = .seconds(2)
    edit(&spec)
    try await harness.host.start([spec])
    return harness
  }

  @Test("a claim covers its own path, and what is below it only when it says so")
  func coverage() {
    var spec = AdapterSpec(id: "a", plugin: "p", kind: .channel)
    spec.claims = [.httpPath("/a"), .httpPath("/b/*")]
    for path in ["/a", "/b/*", "/b/c", "/b/c/d", "/b/c/*"] { #expect(spec.claims(path: path), "\(path)") }
    for path in ["/a/b", "/a/*", "/ab", "/", "/b", "/bc"] { #expect(!spec.claims(path: path), "\(path)") }
  }

  @Test("claimed paths are added, others are denied")
  func claims() async throws {
    let harness = try await routed()
    #expect(await harness.lines.first("add") == "add 0 0 0 5")
    guard case .route(let route) = harness.routes.match(method: "POST", path: "/hook") else {
      Issue.record("no route")
      return
    }
    #expect(route.maxBody == 8 << 20)
    #expect(!route.isRateLimited, "a channel's webhook")
    for path in ["/hook/mine", "/hook/maybe"] {
      guard case .route(let route) = harness.routes.match(method: "GET", path: path) else {
        Issue.record("no route \(path)")
        return
      }
      #expect(route.isRateLimited, "\(path)")
    }
    guard case .methodNotAllowed(let allow) = harness.routes.match(method: "PUT", path: "/hook") else {
      Issue.record("no 405")
      return
    }
    #expect(allow == ["POST"])
    guard case .notFound = harness.routes.match(method: "GET", path: "/hook/other") else {
      Issue.record("found")
      return
    }
    await harness.host.stop()
    guard case .notFound = harness.routes.match(method: "POST", path: "/hook") else {
      Issue.record("a route outlived its adapter")
      return
    }
  }

  @Test("a second adapter cannot take a path that is taken")
  func doubleClaim() throws {
    let routes = PluginRoutes()
    let route = HTTPRoute(maxBody: 1) { _, _ in }
    try routes.add(route, method: "GET", path: "/a/*", owner: "one")
    #expect(throws: PluginRoutes.Conflict.owned(by: "one")) { try routes.add(route, method: "POST", path: "/a/*", owner: "two") }
    #expect(throws: PluginRoutes.Conflict.repeated) { try routes.add(route, method: "GET", path: "/a/*", owner: "one") }
    try routes.add(route, method: "*", path: "/a/b", owner: "two")
    for (method, path) in [("GET", "/a/x/y"), ("DELETE", "/a/b"), ("HEAD", "/a/z")] {
      guard case .route = routes.match(method: method, path: path) else {
        Issue.record("\(method) \(path)")
        return
      }
    }
    guard case .notFound = routes.match(method: "GET", path: "/a") else {
      Issue.record("/a")
      return
    }
  }

  /// Asks the adapter as the server would, and waits for the answer.
  func ask(
    _ harness: HostHarness, _ method: String, _ target: String, route: UInt32, access: Int32 = 0, role: String = "",
    headers: [(String, String)] = [], body: String = ""
  ) async throws -> (status: Int, text: String, headers: [String]) {
    let adapter = try #require(harness.host.adapter("test-routes"))
    let table: hub_http_route_instance_1 = try #require(adapter.instanceExtension(HUB_EXT_HTTP_ROUTE))
    let request = HTTPRequest(
      method: method, target: target, headers: headers, body: ByteBuffer(string: body), remote: "192.0.2.1", requestID: "req-1")
    let rule = try #require(AccessRule(access: access, role: role))
    let response = await withCheckedContinuation { continuation in
      adapter.serve(request, rule: rule, route: route, table: table) { continuation.resume(returning: $0) }
    }
    return (response.status, String(buffer: response.body), response.headers.map { "\($0.0): \($0.1)" })
  }

  @Test("a request reaches the plugin whole and its first answer counts", arguments: [false, true])
  func request(loopback: Bool) async throws {
    let harness = try await routed(loopback: loopback)
    let small = try await ask(harness, "POST", "/hook?x=1", route: 1, headers: [("A", "b"), ("C", "d")], body: "hello")
    #expect(small.status == 201)
    #expect(small.text == "1 POST /hook?x=1 5 headers=2 tenant= cause=req-1")
    #expect(small.headers == ["X-Route: yes"])
    let large = try await ask(harness, "POST", "/hook", route: 1, body: String(repeating: "x", count: 100_000))
    #expect(large.text == "1 POST /hook 100000 headers=0 tenant= cause=req-1")
    #expect(harness.metrics.adapterStrayAnswers.with("test-routes", "repeated").value >= 1)
    await harness.host.stop()
  }

  @Test("a refusal without a body gets the hub's words, where it has some for the status", arguments: [false, true])
  func bareRefusal(loopback: Bool) async throws {
    let harness = try await routed(loopback: loopback)
    for (status, code) in [(400, "bad_request"), (401, "auth_invalid"), (403, "forbidden"), (503, "overloaded")] {
      let answer = try await ask(harness, "POST", "/hook", route: 1, body: "status \(status)")
      #expect(answer.status == status)
      #expect(answer.headers == ["X-Route: yes", "Content-Type: application/problem+json"])
      let problem = try JSONValue(parsing: answer.text)
      #expect(problem["code"]?.string == code && problem["status"]?.int64 == Int64(status) && problem["requestId"] == "req-1")
    }
    for status in [204, 302, 418] {
      let answer = try await ask(harness, "POST", "/hook", route: 1, body: "status \(status)")
      #expect(answer.status == status && answer.text.isEmpty && answer.headers == ["X-Route: yes"])
    }
    await harness.host.stop()
  }

  @Test("who asks is verified before the plugin hears of it")
  func access() async throws {
    let harness = try await routed()
    let missing = try await ask(harness, "GET", "/hook/mine", route: 2, access: 2)
    #expect(missing.status == 401)
    #expect(missing.text.contains("auth_missing"))
    let expired = try await ask(harness, "GET", "/hook/mine", route: 2, access: 2, headers: [("authorization", "Bearer old")])
    #expect(expired.text.contains("auth_expired"))
    let invalid = try await ask(harness, "GET", "/hook/maybe", route: 3, access: 1, headers: [("authorization", "Bearer no")])
    #expect(invalid.text.contains("auth_invalid"))
    let anonymous = try await ask(harness, "GET", "/hook/maybe", route: 3, access: 1)
    #expect(anonymous.text.contains("tenant= "))
    let known = try await ask(harness, "GET", "/hook/maybe", route: 3, access: 1, headers: [("authorization", "Bearer tenant-a")])
    #expect(known.text.contains("tenant=tenant-a "))
    let noRole = try await ask(
      harness, "GET", "/hook/mine", route: 2, access: 2, role: "stats", headers: [("authorization", "Bearer tenant-a")])
    #expect(noRole.status == 403)
    let role = try await ask(
      harness, "GET", "/hook/mine", route: 2, access: 2, role: "stats", headers: [("authorization", "Bearer tenant-stats")])
    #expect(role.status == 201)
    #expect(AccessRule(access: 2, role: "no-such-role") == nil)
    #expect(AccessRule(access: 9, role: "") == nil)
    await harness.host.stop()
  }

  @Test("a request that is not answered in time is 504, one that waits when the adapter stops is 503")
  func deadlines() async throws {
    let harness = try await routed()
    let late = try await ask(harness, "POST", "/hook", route: 1, body: "mute")
    #expect(late.status == 504)
    #expect(late.headers.contains("Content-Type: application/problem+json"))
    let problem = try JSONValue(parsing: late.text)
    #expect(problem["code"]?.string == "adapter_timeout")
    #expect(problem["requestId"]?.string == "req-1")
    _ = await harness.lines.first("cancelled")
    await harness.host.stop()

    let patient = try await routed { $0.deadlines.request = .seconds(600) }
    async let waiting = ask(patient, "POST", "/hook", route: 1, body: "mute")
    _ = await patient.lines.first("muted")
    await patient.host.stop()
    #expect(try await waiting.status == 503)
  }
}
