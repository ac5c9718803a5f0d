import Foundation
import HubTelemetry
import OrderedJSON
import Synchronization
import Testing

@testable import HubHost

@Suite("Adapters")
struct AdapterTests {
  @Test("an adapter starts, takes a delivery, stops and is destroyed", arguments: [false, true])
  func lifecycle(loopback: Bool) async throws {
    let harness = try HostHarness()
    try await harness.host.start([harness.spec("plain", sink: true, loopback: loopback)])
    #expect(harness.state("test-plain") == .running(health: .ok, detail: ""))
    #expect(harness.host.statuses.first?.isReady == true)
    let answer = await withCheckedContinuation { continuation in
      harness.host.deliver(HostHarness.event(1), to: "test-plain") { continuation.resume(returning: $0) }
    }
    #expect(answer == .done(body: Array("id-1".utf8)))
    await harness.host.stop()
    #expect(harness.state("test-plain") == .stopped)
    #expect(harness.lines.all.contains("destroyed"))
    let late = await withCheckedContinuation { continuation in
      harness.host.deliver(HostHarness.event(2), to: "test-plain") { continuation.resume(returning: $0) }
    }
    #expect(late == .closed)
  }

  @Test(
    "case28: a plugin that refuses, fails, hangs or blocks is one clear reason, and its neighbour runs",
    arguments: [
      ("create-refuses", "url is missing"), ("create-empty", "create gave no usable instance"),
      ("create-blocks", "the plugin's create did not return"), ("validate-fails", "the provider is unknown"),
      ("start-fails", "the port is taken"), ("start-hangs", "no answer within 1.0 seconds"),
      ("start-blocks", "the plugin's start did not return"),
    ], [false, true])
  func case28_failures(failing: (String, String), loopback: Bool) async throws {
    let (mode, reason) = failing
    let harness = try HostHarness()
    var spec = try await harness.spec(mode, loopback: loopback)
    if mode == "create-blocks" { spec.deadlines.prepare = .seconds(1) }
    spec.deadlines.start = .seconds(1)
    try await harness.host.start([spec, harness.spec("neighbour")])
    guard case .failed(let found)? = harness.state("test-\(mode)") else {
      Issue.record("\(String(describing: harness.state("test-\(mode)")))")
      return
    }
    #expect(found.hasPrefix(reason), "\(found)")
    #expect(harness.state("test-neighbour") == .running(health: .ok, detail: ""))
    if mode == "start-hangs" { #expect(harness.lines.all.contains("cancelled")) }
    if mode == "validate-fails" { #expect(harness.lines.all.contains("destroyed")) }
    if mode == "start-blocks" { #expect(!harness.lines.all.contains("destroyed")) }
    await harness.host.stop()
  }

  @Test("case28: an answer given twice, or to no question, is counted and changes nothing", arguments: [false, true])
  func case28_twice(loopback: Bool) async throws {
    let harness = try HostHarness()
    try await harness.host.start([harness.spec("twice", loopback: loopback)])
    #expect(harness.state("test-twice") == .running(health: .ok, detail: ""))
    // The second answer comes after the first one started it, still inside start; stop comes after that.
    await harness.host.stop()
    #expect(harness.metrics.adapterStrayAnswers.with("test-twice", "repeated").value == 1)
    #expect(harness.metrics.adapterStrayAnswers.with("test-twice", "unknown").value == 1)
  }

  @Test("case28: an answer after the deadline finds the instance destroyed and does nothing", arguments: [false, true])
  func case28_late(loopback: Bool) async throws {
    let harness = try HostHarness()
    var spec = try await harness.spec("late", loopback: loopback)
    spec.deadlines.start = .seconds(1)
    try await harness.host.start([spec])
    #expect(harness.state("test-late") == .failed(reason: "no answer within 1.0 seconds"))
    _ = await harness.lines.first("destroyed")
    await harness.host.stop()
  }

  @Test("case28: calls after destroy answer HUB_ECLOSED or do nothing", arguments: [false, true])
  func case28_afterDestroy(loopback: Bool) async throws {
    let harness = try HostHarness()
    let spec = try await harness.spec("after-destroy", loopback: loopback)
    try await harness.host.start([spec])
    await harness.host.stop()
    let path = harness.workspace.path + "/libafter-destroy.so"
    let handle = try #require(dlopen(path, RTLD_NOW | RTLD_NOLOAD))
    let symbol = try #require(dlsym(handle, "after_destroy")).assumingMemoryBound(to: Int32.self)
    for _ in 0..<500 where symbol.pointee == -1 { try await Task.sleep(for: .milliseconds(20)) }
    #expect(symbol.pointee == 4)
    #expect(!harness.lines.all.contains("after destroy"))
  }

  @Test("case28: a flood of lines and answers is thinned and hurts nobody")
  func case28_flood() async throws {
    let harness = try HostHarness()
    try await harness.host.start([harness.spec("flood"), harness.spec("bystander")])
    #expect(harness.state("test-flood") == .running(health: .ok, detail: ""))
    #expect(harness.state("test-bystander") == .running(health: .ok, detail: ""))
    // The flood goes on inside start; stop comes after it, for lifecycle calls are serial.
    await harness.host.stop()
    #expect(harness.lines.all.filter { $0 == "flood" }.count < 20_000)
    #expect(harness.metrics.adapterStrayAnswers.with("test-flood", "unknown").value == 100_000)
  }

  @Test("a stop that hangs or a destroy that blocks is given up at its deadline", arguments: ["stop-hangs", "destroy-blocks"])
  func stopHangs(mode: String) async throws {
    let harness = try HostHarness()
    var spec = try await harness.spec(mode)
    spec.deadlines.stop = .seconds(1)
    try await harness.host.start([spec])
    await harness.host.stop()
    #expect(harness.state("test-\(mode)") == .stopped)
    if mode == "stop-hangs" { #expect(harness.lines.all.contains("cancelled")) }
  }

  @Test("a delivery that is not answered in time is timed out and cancelled, a refused one says why", arguments: [false, true])
  func deliveries(loopback: Bool) async throws {
    let harness = try HostHarness()
    var deaf = try await harness.spec("deaf", sink: true, loopback: loopback)
    deaf.deadlines.delivery = .milliseconds(100)
    try await harness.host.start([deaf, harness.spec("refuses", sink: true, loopback: loopback)])
    let timedOut = await withCheckedContinuation { continuation in
      harness.host.deliver(HostHarness.event(1), to: "test-deaf") { continuation.resume(returning: $0) }
    }
    #expect(timedOut == .timedOut)
    _ = await harness.lines.first("cancelled")
    let refused = await withCheckedContinuation { continuation in
      harness.host.deliver(HostHarness.event(1), to: "test-refuses") { continuation.resume(returning: $0) }
    }
    #expect(refused == .refused(status: 1, reason: "not now"))
    await harness.host.stop()
  }

  @Test("what waits for an answer when the adapter stops is answered as closed", arguments: [false, true])
  func stopAnswersWaiting(loopback: Bool) async throws {
    let harness = try HostHarness()
    try await harness.host.start([harness.spec("deaf", sink: true, loopback: loopback)])
    async let answer = withCheckedContinuation { continuation in
      harness.host.deliver(HostHarness.event(1), to: "test-deaf") { continuation.resume(returning: $0) }
      Task { await harness.host.stop() }
    }
    #expect(await answer == .closed)
  }

  @Test("a serial plugin gets one call at a time", arguments: [false, true])
  func serial(loopback: Bool) async throws {
    let harness = try HostHarness()
    try await harness.host.start([harness.spec("serial", sink: true, serial: true, loopback: loopback)])
    await withTaskGroup(of: Void.self) { group in
      for number in 1...40 as ClosedRange<UInt64> {
        group.addTask {
          _ = await withCheckedContinuation { continuation in
            harness.host.deliver(HostHarness.event(number), to: "test-serial") { continuation.resume(returning: $0) }
          }
        }
      }
    }
    #expect(!harness.lines.all.contains("overlap"))
    await harness.host.stop()
  }

  @Test("an extension that is needed and not granted is named before anything is created")
  func needs() async throws {
    let harness = try HostHarness()
    var spec = try await harness.spec("needy")
    spec.allow = ["hub.metric/1"]
    try await harness.host.start([spec])
    guard case .failed(let reason)? = harness.state("test-needy") else {
      Issue.record("not failed")
      return
    }
    #expect(reason.hasSuffix("needs hub.timer/1, not offered or not granted in hub.yaml"))
    #expect(!harness.lines.all.contains("destroyed"))
  }

  @Test("on_start_error: fail ends the start with the reason and stops what had started")
  func startErrorFail() async throws {
    let harness = try HostHarness()
    var bad = try await harness.spec("start-fails")
    bad.onStartError = .fail
    let failure = await #expect(throws: AdapterFailure.self) { try await harness.host.start([harness.spec("sibling", sink: true), bad]) }
    #expect(failure?.description == "test-start-fails: start: the port is taken")
    #expect(harness.state("test-sibling") == .stopped)
  }

  @Test(
    "a start that the plugin calls a matter of its config is refused in the words of one, and no other",
    arguments: ["start-refuses", "start-fails"])
  func startRefused(mode: String) async throws {
    let harness = try HostHarness()
    var bad = try await harness.spec(mode)
    bad.onStartError = .fail
    let failure = await #expect(throws: AdapterFailure.self) { try await harness.host.start([bad]) }
    #expect(failure?.refusesConfig == (mode == "start-refuses") && failure?.step == .start)
    if mode == "start-refuses" { #expect(failure?.description == "test-start-refuses: refused its config: url has no host") }
  }

  @Test("on_start_error: retry goes on and tries again, until it is stopped")
  func startErrorRetry() async throws {
    let harness = try HostHarness()
    var bad = try await harness.spec("start-fails")
    bad.onStartError = .retry
    try await harness.host.start([bad])
    #expect(harness.state("test-start-fails") == .retrying(attempt: 1, reason: "the port is taken"))
    #expect(harness.host.statuses.first?.isReady == false)
    await harness.host.stop()
    #expect(harness.state("test-start-fails") == .stopped)
  }

  @Test("an adapter whose config could not be checked is not started as it stands; a retry asks anew and starts it with what it is told")
  func renewal() async throws {
    let harness = try HostHarness()
    // Its file is there, but what it would be given is not known.
    var good = try await harness.spec("secret", as: "late-comer")
    good.id = "late"
    good.secrets = ["secret://mine"]
    let told = good
    var bare = AdapterSpec(id: "late", plugin: "late-comer", kind: .channel)
    bare.onStartError = .retry
    bare.refusal = "there is no plugin \"late-comer\""
    let asked = Atomic<Int>(0)
    bare.renewal = {
      // First it is still unusable, then its config is wrong, then all is well.
      switch asked.wrappingAdd(1, ordering: .relaxed).oldValue {
      case 0: throw Oddity(description: "hub.yaml:7:3: unknown key \"mod\"")
      default:
        return told
      }
    }
    try await harness.host.start([bare])
    #expect(harness.state("late") == .retrying(attempt: 1, reason: "there is no plugin \"late-comer\""))
    // The second try said what was wrong.
    _ = await harness.details.first("adapter not started adapter=late plugin=late-comer reason=late: hub.yaml:7:3: unknown key \"mod\"")
    #expect(await harness.lines.first("completed 601") == "completed 601 0 value")
    _ = await harness.lines.first("adapter started")
    #expect(harness.state("late") == .running(health: .ok, detail: ""))
    await harness.host.stop()
  }

  @Test("an adapter whose config could not be checked is left alone when it is not to be tried again")
  func refusedForGood() async throws {
    let harness = try HostHarness()
    var spec = try await harness.spec("plain")
    spec.refusal = "its mode was wrong"
    try await harness.host.start([spec])
    #expect(harness.state("test-plain") == .failed(reason: "its mode was wrong"))
    await harness.host.stop()
  }

  private struct Oddity: Error, CustomStringConvertible { let description: String }

  @Test("a plugin that is absent fails by the file's name, and the others start")
  func absent() async throws {
    let harness = try HostHarness()
    var spec = AdapterSpec(id: "gone", plugin: "gone", kind: .channel)
    spec.onStartError = .disable
    try await harness.host.start([spec, harness.spec("present")])
    #expect(harness.state("gone") == .failed(reason: "libgone.so: not found in \(harness.workspace.path)"))
    #expect(harness.state("test-present") == .running(health: .ok, detail: ""))
    await harness.host.stop()
  }
}
