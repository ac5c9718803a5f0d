internal import Dispatch
public import HubRouter
public import HubStore
public import HubTelemetry
public import Logging
internal import Synchronization

/// Brings the journal to one sink: in journal order, each conversation strictly in order, at least once, from where the sink was
/// when the hub last saved its cursor. A sink that is slow or fails lags by itself: it holds up neither the journal nor another sink.
public final class SinkFeed: Sendable {
  /// Hands an event to the sink and calls back once.
  public typealias Deliver = @Sendable (StoredEvent, @escaping @Sendable (DeliveryAnswer) -> Void) -> Void

  /// The sink's id in hub.yaml; its cursor is kept under it.
  public let sink: String
  private let journal: Journal
  private let deliver: Deliver
  private let kinds: @Sendable () -> Set<String>?
  private let metrics: HubMetrics
  private let delivered: Counter
  private let reached: Gauge
  private let logger: Logger
  private let clock: HostClock
  /// Everything of this feed happens here, so that nothing of it happens on the journal's queue.
  private let queue: DispatchQueue
  private let state: Mutex<State>
  private let volatileLimit = 1024

  private struct State {
    var machine: FeedMachine
    var subscription: Journal.Subscription?
    var alarm = WakeAlarm()
    var isStopped = false
    /// `stop`, while it waits for what is under way.
    var settling: CheckedContinuation<Void, Never>?
    /// Volatile events handed over and not answered.
    var volatile = 0
  }

  /// A feed that has not begun.
  /// - Parameter kinds: the kinds the sink wants now; nil: every one. Of the others only the cursor moves on.
  public init(
    sink: String, journal: Journal, metrics: HubMetrics, logger: Logger, clock: HostClock = HostClock(), window: Int = 256,
    backoff: Backoff = .delivery, kinds: @escaping @Sendable () -> Set<String>? = { nil }, deliver: @escaping Deliver
  ) {
    self.sink = sink
    self.journal = journal
    self.metrics = metrics
    delivered = metrics.sinkEvents.with(sink)
    reached = metrics.sinkSequence.with(sink)
    var logger = logger
    logger[metadataKey: "sink"] = "\(sink)"
    self.logger = logger
    self.clock = clock
    self.kinds = kinds
    self.deliver = deliver
    queue = DispatchQueue(label: "feed.\(sink)")
    state = Mutex(State(machine: FeedMachine(cursor: journal.cursor(of: sink), head: journal.head, window: window, backoff: backoff)))
  }

  /// How many events the sink is behind the journal's head.
  public var lag: UInt64 {
    let (head, cursor) = (journal.head, cursor)
    return head > cursor ? head - cursor : 0
  }

  /// The last event with nothing undelivered before it.
  public var cursor: UInt64 { state.withLock { $0.machine.cursor } }

  /// Begins, or goes on after `pause`.
  public func start() {
    // Subscribed before the head is looked at, so that nothing falls between.
    let isNew = state.withLock { !$0.isStopped && $0.subscription == nil }
    if isNew {
      // Also where it begins: from now on retention waits for this sink.
      journal.advance(sink, to: cursor)
      let subscription = journal.subscribe(
        committed: { [weak self] events in self?.take(events) },
        volatile: { [weak self] event in self?.enqueue { $0.pass(event) } })
      state.withLock { $0.subscription = subscription }
    }
    enqueue { feed in
      // Before the sink's wish is asked: what is committed after it must not be passed over for it.
      let head = feed.journal.head
      feed.step { $0.moved(to: head) }
      feed.step { $0.resume(now: feed.clock.monotonic()) }
    }
  }

  /// Begins no more deliveries until `start`.
  public func pause() { state.withLock { $0.machine.pause() } }

  /// Ends it: begins nothing more, and waits up to `grace` for what is under way.
  public func stop(grace: Duration) async {
    let subscription = state.withLock { state in
      state.isStopped = true
      state.machine.pause()
      return state.subscription.take()
    }
    subscription?.cancel()
    await withCheckedContinuation { continuation in
      state.withLock { $0.settling = continuation }
      queue.async { self.endWhenSettled() }
      queue.asyncAfter(deadline: .now() + .milliseconds(Int(grace.milliseconds))) { self.endSettling() }
    }
    journal.advance(sink, to: cursor)
  }

  /// Lets `stop` return when nothing is under way any more.
  private func endWhenSettled() {
    if state.withLock({ $0.settling != nil && $0.machine.inFlight == 0 }) { endSettling() }
  }

  private func endSettling() { state.withLock { $0.settling.take() }?.resume() }

  /// On the journal's queue. A batch of which the sink wants nothing is passed over there and then: nobody has to be woken for it.
  private func take(_ events: [StoredEvent]) {
    if kinds()?.isEmpty == true, let cursor = state.withLock({ $0.machine.pass(events) }) { return advance(to: cursor) }
    enqueue { $0.step { $0.committed(events) } }
  }

  private func advance(to cursor: UInt64) {
    journal.advance(sink, to: cursor)
    reached.set(Double(cursor))
  }

  private func enqueue(_ body: @escaping @Sendable (SinkFeed) -> Void) {
    queue.async { [weak self] in if let self { body(self) } }
  }

  /// On the queue: asks the machine and does what it says. What the sink wants is looked up once for all of it.
  private func step(_ body: (inout FeedMachine) -> FeedMachine.Step) {
    let choice = kinds()
    follow(ask(choice, body), choice)
  }

  private func ask(_ choice: Set<String>?, _ body: (inout FeedMachine) -> FeedMachine.Step) -> FeedMachine.Step {
    state.withLock { state in
      state.machine.kinds = choice
      return body(&state.machine)
    }
  }

  /// Does what the machine says, until it has nothing more to say. What may begin begins oldest first, and an answer given inside the call
  /// is settled before the next one begins: a sink that answers at once is called in journal order.
  private func follow(_ first: FeedMachine.Step, _ chosen: Set<String>?) {
    var step = first
    var choice = chosen
    var ready: [(start: SinkLane.Start, event: StoredEvent)] = []
    var wanted: (sequence: UInt64, limit: Int)?
    var moved: UInt64?
    while true {
      moved = step.cursor ?? moved
      wanted = step.readAfter ?? wanted
      if !step.deliver.isEmpty {
        ready.append(contentsOf: step.deliver)
        // Latest first, so that the oldest is taken from the end.
        ready.sort { $0.start.sequence > $1.start.sequence }
      }
      if let next = ready.popLast() {
        if choice?.contains(next.event.kind) == false {
          // Offered before the sink had said what it wants.
          step = complete(next.start, .delivered, choice)
        } else if let answer = begin(next.start, next.event) {
          // One that did not take it may come up anew, and say what it wants, before the next delivery.
          if !answer.isDone { choice = kinds() }
          step = settled(next.start, answer, choice)
        } else {
          step = FeedMachine.Step()
        }
      } else if let place = wanted {
        wanted = nil
        step = read(after: place.sequence, limit: place.limit, choice)
      } else {
        break
      }
    }
    if let moved { advance(to: moved) }
    scheduleWake()
    endWhenSettled()
  }

  /// Calls the sink; its answer when it came inside the call, else nil and the answer is settled when it comes.
  private func begin(_ start: SinkLane.Start, _ event: StoredEvent) -> DeliveryAnswer? {
    let call = InlineAnswer()
    deliver(event) { [weak self] answer in
      guard call.isLate(answer) else { return }
      self?.enqueue { feed in
        let choice = feed.kinds()
        feed.follow(feed.settled(start, answer, choice), choice)
      }
    }
    return call.returned()
  }

  private func settled(_ start: SinkLane.Start, _ answer: DeliveryAnswer, _ choice: Set<String>?) -> FeedMachine.Step {
    let outcome: SinkLane.Outcome
    switch answer {
    case .done:
      outcome = .delivered
      delivered.increment()
    case .refused(let status, let reason) where status == Status.invalid || status == Status.unsupported:
      outcome = .rejected
      metrics.drops.with("sink", "rejected").increment()
      logger.warning("a sink rejected an event", metadata: ["sequence": "\(start.sequence)", "reason": "\(reason)"])
    case .refused, .timedOut, .closed:
      outcome = .failed
      metrics.sinkRetries.with(sink).increment()
      logger.debug("a delivery failed", metadata: ["sequence": "\(start.sequence)", "attempt": "\(start.attempt)", "answer": "\(answer)"])
    }
    return complete(start, outcome, choice)
  }

  private func complete(_ start: SinkLane.Start, _ outcome: SinkLane.Outcome, _ choice: Set<String>?) -> FeedMachine.Step {
    ask(choice) { $0.complete(start, outcome, now: clock.monotonic(), random: .random(in: 0...1)) }
  }

  private func read(after sequence: UInt64, limit: Int, _ choice: Set<String>?) -> FeedMachine.Step {
    do {
      let events = try journal.events(after: sequence, limit: limit)
      return ask(choice) { $0.read(events) }
    } catch let error as JournalError where error.code == .damaged || error.code == .cursorExpired {
      let last = error.code == .damaged ? error.sequence ?? sequence + 1 : (error.sequence ?? sequence + 2) - 1
      metrics.drops.with("sink", error.code.description).increment(by: last > sequence ? last - sequence : 1)
      logger.error("events are lost to a sink", metadata: ["after": "\(sequence)", "through": "\(last)", "reason": "\(error)"])
      return ask(choice) { $0.lost(through: max(last, sequence + 1)) }
    } catch {
      logger.warning("the journal cannot be read for a sink", metadata: ["reason": "\(error)"])
      state.withLock { $0.machine.readFailed() }
      queue.asyncAfter(deadline: .now() + .seconds(1)) { [weak self] in self?.tick() }
      return FeedMachine.Step()
    }
  }

  /// Volatile events are offered once, and dropped when the sink does not keep up.
  private func pass(_ event: StoredEvent) {
    guard kinds()?.contains(event.kind) != false else { return }
    let hasRoom = state.withLock { state in
      guard !state.isStopped, !state.machine.isPaused, state.volatile < volatileLimit else { return false }
      state.volatile += 1
      return true
    }
    guard hasRoom else { return metrics.drops.with("sink", "volatile").increment() }
    deliver(event) { [weak self] _ in self?.state.withLock { $0.volatile -= 1 } }
  }

  private func scheduleWake() {
    let now = clock.monotonic()
    guard let wait = state.withLock({ state in state.alarm.set(state.machine.nextWake, now: now) }) else { return }
    queue.asyncAfter(deadline: .now() + .milliseconds(Int(wait.milliseconds) + 1)) { [weak self] in self?.tick() }
  }

  private func tick() {
    guard !state.withLock({ $0.isStopped }) else { return }
    step { $0.tick(now: clock.monotonic()) }
  }
}

extension DeliveryAnswer {
  fileprivate var isDone: Bool { if case .done = self { true } else { false } }
}
