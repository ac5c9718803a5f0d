import Foundation
import HubRouter
import HubTelemetry
import Logging
import Synchronization
import Testing

@testable import HubHost
@testable import HubStore

/// A sink whose answers a test decides.
private final class TestSink: Sendable {
  enum Mood: Sendable { case takes, fails, silent }

  private struct State {
    var mood = Mood.takes
    var seen: [StoredEvent] = []
    var taken: [StoredEvent] = []
    var waiting: [(Int, CheckedContinuation<Void, Never>)] = []
  }

  private let state = Mutex(State())

  var seen: [StoredEvent] { state.withLock { $0.seen } }
  var taken: [StoredEvent] { state.withLock { $0.taken } }

  func become(_ mood: Mood) { state.withLock { $0.mood = mood } }

  func deliver(_ event: StoredEvent, _ answer: @escaping @Sendable (DeliveryAnswer) -> Void) {
    let (mood, ready) = state.withLock { state in
      state.seen.append(event)
      if state.mood == .takes { state.taken.append(event) }
      let count = state.taken.count
      let ready = state.waiting.filter { $0.0 <= count }
      state.waiting.removeAll { $0.0 <= count }
      return (state.mood, ready.map(\.1))
    }
    ready.forEach { $0.resume() }
    switch mood {
    case .takes: answer(.done(body: []))
    case .fails: answer(.refused(status: 1, reason: "not now"))
    case .silent: break
    }
  }

  func took(_ count: Int) async {
    await withCheckedContinuation { continuation in
      let isThere = state.withLock { state in
        if state.taken.count >= count { return true }
        state.waiting.append((count, continuation))
        return false
      }
      if isThere { continuation.resume() }
    }
  }
}

@Suite("SinkFeed over a real journal")
struct SinkFeedTests {
  let workspace: Workspace
  let journal: Journal
  let metrics: HubMetrics

  init() throws {
    workspace = try Workspace()
    journal = try Journal(path: workspace.path + "/journal/hub.sqlite")
    metrics = try HubMetrics()
  }

  private func feed(_ id: String, _ sink: TestSink, window: Int = 256, kinds: @escaping @Sendable () -> Set<String>? = { nil }) -> SinkFeed
  {
    SinkFeed(
      sink: id, journal: journal, metrics: metrics, logger: Logger(label: "test"), window: window,
      backoff: Backoff(initial: .milliseconds(10), maximum: .milliseconds(50)), kinds: kinds
    ) { sink.deliver($0, $1) }
  }

  /// Appends messages of two contacts, alternating; the journal adds a `conversation.created` for each contact.
  private func append(_ range: ClosedRange<Int>) async throws {
    let events = range.map { number in
      let phone = number.isMultiple(of: 2) ? "5511990000002" : "5511990000001"
      return IncomingEvent(
        tenant: "t", channel: "c", provider: "p", account: "a", kind: "message.created", id: "wamid.\(number)", conversation: phone,
        cause: "cause-\(number)", timeMs: Int64(number) * 1000, receivedMs: Int64(number) * 1000,
        body: Array(
          #"{"contact":{"phone":"\#(phone)","name":"N"},"message":{"providerMessageId":"wamid.\#(number)","direction":"inbound","type":"text","text":"\#(number)"}}"#
            .utf8))
    }
    for outcome in try await journal.append(events) {
      guard case .stored = outcome else {
        Issue.record("\(outcome)")
        return
      }
    }
  }

  @Test("what was there before and what comes after are delivered once and in journal order, and the cursor is kept")
  func delivers() async throws {
    try await append(1...10)
    let sink = TestSink()
    let feed = feed("one", sink)
    feed.start()
    await sink.took(12)
    try await append(11...20)
    await sink.took(22)
    #expect(sink.taken.map(\.sequence) == Array(1...22))
    await feed.stop(grace: .seconds(30))
    #expect(feed.lag == 0)
    #expect(journal.cursor(of: "one") == 22)

    let again = TestSink()
    let second = self.feed("one", again)
    second.start()
    try await append(21...21)
    await again.took(1)
    #expect(again.taken.map(\.sequence) == [23])
    await second.stop(grace: .seconds(30))
  }

  @Test("case18: a sink that fails lags by itself, another is served, and nothing is lost or reordered when it takes again")
  func case18_failingSink() async throws {
    let failing = TestSink()
    let healthy = TestSink()
    failing.become(.fails)
    let feeds = [feed("failing", failing, window: 8), feed("healthy", healthy)]
    feeds.forEach { $0.start() }
    try await append(1...40)
    await healthy.took(42)
    #expect(feeds[0].lag == 42)
    #expect(failing.taken.isEmpty)
    failing.become(.takes)
    await failing.took(42)
    #expect(failing.taken.map(\.sequence).sorted() == Array(1...42))
    for group in Dictionary(grouping: failing.taken, by: \.conversation).values {
      #expect(group.map(\.sequence) == group.map(\.sequence).sorted())
    }
    for feed in feeds { await feed.stop(grace: .seconds(30)) }
    #expect(journal.cursor(of: "failing") == 42)
  }

  @Test("a sink that never answers holds neither the journal nor a stop")
  func silentSink() async throws {
    let sink = TestSink()
    sink.become(.silent)
    let feed = feed("silent", sink, window: 4)
    feed.start()
    for batch in 0..<5 { try await append(batch * 20 + 1...batch * 20 + 20) }
    #expect(sink.seen.count <= 4)
    await feed.stop(grace: .milliseconds(50))
    #expect(journal.cursor(of: "silent") == 0)
    #expect(feed.lag == 102)
  }

  @Test(
    "a sink is given the kinds it wants, and its cursor stands at the head on disk all the same",
    arguments: [["message.created"], []] as [Set<String>])
  func kinds(wanted: Set<String>) async throws {
    try await append(1...300)
    let sink = TestSink()
    let feed = feed("picky", sink) { wanted }
    feed.start()
    try await append(301...320)
    await sink.took(wanted.isEmpty ? 0 : 320)
    while feed.lag > 0 { try await Task.sleep(for: .milliseconds(5)) }
    await feed.stop(grace: .seconds(30))
    #expect(Set(sink.seen.map(\.kind)) == wanted)
    #expect(metrics.sinkEvents.with("picky").value == (wanted.isEmpty ? 0 : 320))
    try journal.close()
    #expect(try Journal(path: workspace.path + "/journal/hub.sqlite").cursor(of: "picky") == 322)
  }

  @Test("what a sink was offered before it had said what it wants is passed over when it is tried again")
  func laterKinds() async throws {
    let isUp = Atomic<Bool>(false)
    let sink = TestSink()
    sink.become(.fails)
    let feed = feed("late", sink) { isUp.load(ordering: .relaxed) ? ["message.created"] : nil }
    feed.start()
    try await append(1...10)
    while sink.seen.count < 4 { try await Task.sleep(for: .milliseconds(5)) }
    isUp.store(true, ordering: .relaxed)
    sink.become(.takes)
    await sink.took(10)
    while feed.lag > 0 { try await Task.sleep(for: .milliseconds(5)) }
    #expect(sink.taken.allSatisfy { $0.kind == "message.created" })
    await feed.stop(grace: .seconds(30))
  }

  @Test("a new sink counts for retention from its start, before it took anything")
  func registers() async throws {
    let sink = TestSink()
    let feed = feed("new", sink)
    #expect(journal.cursors["new"] == nil)
    feed.start()
    #expect(journal.cursors["new"] == 0)
    await feed.stop(grace: .seconds(30))
  }

  @Test("a pause begins nothing until the feed is started again")
  func pauses() async throws {
    let sink = TestSink()
    let feed = feed("paused", sink)
    feed.start()
    try await append(1...2)
    await sink.took(4)
    feed.pause()
    try await append(3...10)
    #expect(sink.taken.count == 4)
    feed.start()
    await sink.took(12)
    #expect(sink.taken.map(\.sequence) == Array(1...12))
    await feed.stop(grace: .seconds(30))
  }

  @Test("a volatile event is offered once, without sequence, and moves no cursor")
  func volatileEvents() async throws {
    try await append(1...1)
    let sink = TestSink()
    let feed = feed("volatile", sink)
    feed.start()
    await sink.took(2)
    journal.route(
      volatile: IncomingEvent(
        tenant: "t", channel: "c", provider: "p", account: "a", kind: "typing", id: "t1", conversation: "5511990000001", timeMs: 1,
        receivedMs: 1, body: Array(#"{"contact":{"phone":"5511990000001"},"typing":{"active":true}}"#.utf8)))
    await sink.took(3)
    #expect(sink.taken.last?.kind == "typing")
    #expect(sink.taken.last?.sequence == 0)
    await feed.stop(grace: .seconds(30))
    #expect(journal.cursor(of: "volatile") == 2)
  }
}
