internal import Dispatch
internal import HubModel
internal import HubRouter
public import HubStore
internal import HubTelemetry
internal import Logging
internal import OrderedJSON
internal import Synchronization

/// Brings what the outbox holds to the channels: each conversation in order, conversations beside each other, each attempt on disk before the
/// channel is called and its outcome on disk before the next one of the conversation begins.
public final class SendFeed: Sendable {
  /// The channels, as the feed uses them.
  struct Channels: Sendable {
    /// Whether a channel runs.
    var isRunning: @Sendable (_ channel: String) -> Bool
    /// How many messages a second an account of a channel may send; 0: any number.
    var rate: @Sendable (_ channel: String) -> Double
    /// Hands over a delivery; false when the channel never saw it.
    var send: @Sendable (_ channel: String, OutboxDelivery, @escaping @Sendable (DeliveryAnswer) -> Void) -> Bool
    /// Tells a channel whether somebody of ours types; false when it never heard.
    var typing: @Sendable (_ isOn: Bool, ConversationReach) -> Bool
    /// A text without secrets.
    var redact: @Sendable (String) -> String = { $0 }
  }

  struct State {
    var lanes = SendLanes()
    var tickets = OpenTickets()
    var alarm = WakeAlarm()
    var isStopped = false
    var subscription: Journal.Subscription?
    /// `stop`, while it waits for what is under way.
    var settling: CheckedContinuation<Void, Never>?
  }

  /// How long is waited before something is tried again that the hub itself could not do.
  static let pause = Duration.seconds(1)

  let journal: Journal
  let channels: Channels
  let metrics: HubMetrics
  let logger: Logger
  let clock: HostClock
  let thinned: LogLimiter
  /// How much of one channel may wait to be sent; 0: any number.
  private let unsentLimit: Int
  /// Everything of the lanes happens here, so that nothing of it happens on the journal's queue.
  let queue = DispatchQueue(label: "outbox")
  let state: Mutex<State>
  /// Where each channel is called: one that keeps a call holds up no other.
  let outlets = Mutex<[String: DispatchQueue]>([:])

  init(
    journal: Journal, channels: Channels, signals: ChannelSignals, metrics: HubMetrics, logger: Logger, clock: HostClock = HostClock(),
    lanes: SendLanes.Limits = SendLanes.Limits(), unsentLimit: Int = 0
  ) {
    (self.journal, self.channels, self.metrics, self.logger, self.clock) = (journal, channels, metrics, logger, clock)
    thinned = LogLimiter(interval: 60_000)
    self.unsentLimit = unsentLimit
    state = Mutex(State(lanes: SendLanes(limits: lanes)))
    signals.listen { [weak self] signal in self?.enqueue { $0.hear(signal) } }
  }

  /// Takes up what the outbox holds. What was in flight when the hub ended last has an unknown fate now.
  public func start() async throws(JournalError) {
    let opened: Result<[OutboxTicket], JournalError> = await withCheckedContinuation { continuation in
      journal.openOutbox { continuation.resume(returning: $0) }
    }
    let tickets = try opened.get()
    if !tickets.isEmpty { logger.info("messages wait to be sent", metadata: ["count": "\(tickets.count)"]) }
    enqueue { feed in tickets.forEach(feed.offer) }
    let subscription = journal.subscribe(committed: { [weak self] in self?.look(for: $0) }, outbox: { [weak self] in self?.hear($0) })
    state.withLock { $0.subscription = subscription }
  }

  /// On the journal's queue: whether an account that is left alone reported that it is connected.
  private func look(for events: [StoredEvent]) {
    guard state.withLock({ $0.lanes.hasDown }) else { return }
    for event in events where event.kind == EventKind.channelState.rawValue {
      guard let word = try? JSONValue(parsing: event.body)["state"]?["state"]?.string, Self.connected.contains(word) else { continue }
      enqueue { feed in feed.follow(feed.ask { $0.lanes.comeUp(event.channel, account: event.account, now: $1) }) }
    }
  }

  /// The words of a `channel.state` for an account that can send.
  private static let connected: Set = ["connected", "open"]

  /// On the journal's queue, so that what the lanes do about it keeps its order among the answers to commands.
  private func hear(_ news: OutboxNews) {
    switch news {
    case .reopened: journal.waitingOutbox { [weak self] in self?.takeUp($0) }
    case .merged(let merge): enqueue { feed in feed.follow(feed.ask { $0.lanes.merge(merge.gone, into: merge.kept, now: $1) }) }
    }
  }

  /// Takes up what the lanes never heard of: messages whose commit was told as failed and reached the disk all the same.
  private func takeUp(_ waiting: Result<[OutboxTicket], JournalError>) {
    switch waiting {
    case .success(let tickets):
      enqueue { feed in
        let missed = feed.state.withLock { state in tickets.filter { state.tickets[$0.number] == nil } }
        missed.forEach(feed.offer)
      }
    // If the journal is opened anew once more, that is told again.
    case .failure(let error): logger.warning("the outbox cannot be read", metadata: ["reason": "\(error)"])
    }
  }

  /// Takes a message in. The completion is called once, from any thread, when it is synced or refused.
  public func accept(_ send: OutboundSend, completion: @escaping @Sendable (Result<SendAcceptance, JournalError>) -> Void) {
    var send = send
    let isFull = !send.isRepeatOnly && unsentLimit > 0 && state.withLock { $0.tickets.count(of: send.channel) } >= unsentLimit
    // What its key stands for is given back all the same.
    if isFull { send.isRepeatOnly = true }
    journal.accept(send) { [weak self] result in
      if isFull, case .success(.refused(.unknownKey)) = result {
        self?.metrics.drops.with("outbox", "full").increment()
        return completion(.success(.refused(.full)))
      }
      if case .success(.accepted(let accepted)) = result, let ticket = accepted.ticket {
        self?.metrics.outboxAccepted.with(ticket.channel).increment()
        self?.enqueue { $0.offer(ticket) }
      }
      completion(result)
    }
  }

  /// Marks a conversation as read, and tells its provider in its turn. The completion is called once, from any thread.
  public func markRead(_ mark: ReadMark, completion: @escaping @Sendable (Result<Void, JournalError>) -> Void) {
    journal.markRead(mark) { [weak self] result in
      if case .success(let ticket?) = result { self?.enqueue { $0.offer(ticket) } }
      completion(result.map { _ in })
    }
  }

  /// Tells a conversation's channel that somebody of ours begins or ends typing. Volatile: a channel that does not run never hears of it.
  public func typing(_ isOn: Bool, in conversation: ConversationReach) {
    if !channels.typing(isOn, conversation) { metrics.drops.with("outbox", "typing").increment() }
  }

  /// Sends dead letters again, and waiting messages at once; answers the ids of those it concerns.
  public func retry(_ ids: [String]) async throws(JournalError) -> [String] {
    let revived: Result<[OutboxTicket], JournalError> = await withCheckedContinuation { continuation in
      journal.retryOutbox(ids) { continuation.resume(returning: $0) }
    }
    let tickets = try revived.get()
    for ticket in tickets { metrics.outboxRetried.with(ticket.channel).increment() }
    enqueue { feed in
      // Somebody has looked at it: an account that was down is tried again.
      for ticket in tickets { feed.follow(feed.ask { $0.lanes.comeUp(ticket.channel, account: ticket.account, now: $1) }) }
      tickets.forEach(feed.offer)
    }
    return tickets.map(\.id)
  }

  /// Gives messages up that are not in flight; answers the ids of those it concerns.
  public func drop(_ ids: [String]) async throws(JournalError) -> [String] {
    let dropped: Result<[String], JournalError> = await withCheckedContinuation { continuation in
      journal.dropOutbox(ids) { continuation.resume(returning: $0) }
    }
    let gone = Set(try dropped.get())
    metrics.drops.with("outbox", "operator").increment(by: UInt64(gone.count))
    await withCheckedContinuation { continuation in
      queue.async { [self] in
        state.withLock { state in
          for (number, ticket) in state.tickets.all where gone.contains(ticket.id) {
            if state.lanes.remove(number, now: clock.monotonic()) { state.tickets[number] = nil }
          }
        }
        tick()
        continuation.resume()
      }
    }
    return ids.filter(gone.contains)
  }

  /// Begins nothing more: the hub is about to stop.
  public func pause() { state.withLock { $0.lanes.stop() } }

  /// Begins nothing more, and waits up to `grace` for what is under way. What has no outcome by then has an unknown fate.
  public func stop(grace: Duration) async {
    await withCheckedContinuation { continuation in
      queue.async { [self] in
        state.withLock { state in
          state.isStopped = true
          state.lanes.stop()
          state.settling = continuation
          state.subscription?.cancel()
        }
        endWhenSettled()
        queue.asyncAfter(deadline: .now() + .milliseconds(Int(grace.milliseconds))) { self.endSettling() }
      }
    }
  }

  private func endWhenSettled() { if state.withLock({ $0.settling != nil && $0.lanes.inFlight == 0 }) { endSettling() } }

  private func endSettling() { state.withLock { $0.settling.take() }?.resume() }

  // MARK: On the queue

  func enqueue(_ body: @escaping @Sendable (SendFeed) -> Void) {
    queue.async { [weak self] in if let self { body(self) } }
  }

  private func ask(_ body: (inout State, Duration) -> [SendLanes.Start]) -> [SendLanes.Start] {
    let now = clock.monotonic()
    return state.withLock { body(&$0, now) }
  }

  private func offer(_ ticket: OutboxTicket) {
    let account = SendLanes.Account(channel: ticket.channel, account: ticket.account)
    let wait = ticket.notBeforeMs.map { Duration.milliseconds(max(0, $0 - clock.milliseconds())) }
    follow(
      ask { state, now in
        if !state.lanes.isKnown(account) { state.lanes.limit(account, perSecond: channels.rate(ticket.channel), now: now) }
        state.tickets[ticket.number] = ticket
        return state.lanes.offer(
          ticket.number, lane: SendLanes.Lane(account, conversation: ticket.conversation), attempts: ticket.attempts,
          notBefore: wait.map { now + $0 }, now: now)
      })
  }

  func hear(_ signal: ChannelSignals.Signal) {
    switch signal {
    case .running(let channel):
      let rate = channels.rate(channel)
      follow(
        ask { state, now in
          // The plugin may be another by now.
          for account in state.lanes.accounts(of: channel) { state.lanes.limit(account, perSecond: rate, now: now) }
          return state.lanes.comeUp(channel, now: now) + state.lanes.resume(channel, now: now)
        })
    case .recovered(let channel): follow(ask { $0.lanes.comeUp(channel, now: $1) })
    }
  }

  private func follow(_ starts: [SendLanes.Start]) {
    for start in starts { begin(start) }
    scheduleWake()
    endWhenSettled()
  }

  func complete(_ start: SendLanes.Start, _ outcome: SendLanes.Outcome) {
    follow(
      ask { state, now in
        if outcome == .settled { state.tickets[start.number] = nil }
        return state.lanes.complete(start, outcome, now: now)
      })
  }

  private func scheduleWake() {
    let now = clock.monotonic()
    guard let wait = state.withLock({ state in state.alarm.set(state.lanes.nextWake(now: now), now: now) }) else { return }
    queue.asyncAfter(deadline: .now() + .milliseconds(Int(wait.milliseconds) + 1)) { [weak self] in self?.tick() }
  }

  private func tick() {
    guard !state.withLock({ $0.isStopped }) else { return }
    follow(ask { $0.lanes.tick(now: $1) })
  }
}
