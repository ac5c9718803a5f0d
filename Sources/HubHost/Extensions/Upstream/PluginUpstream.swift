internal import CHubPlugin
internal import Dispatch
internal import HubModel
internal import HubTelemetry
internal import Logging
internal import Synchronization
internal import UpstreamSocket

/// One upstream connection of a plugin. The plugin is told on a queue of its own, in order, so that it never holds up an event loop; while
/// it has more unfinished than it should, nothing is read.
final class PluginUpstream: Sendable {
  /// How many events, and how many of the largest messages, the plugin may have before reading stops.
  static let backlog = 256

  private struct State {
    var line: UpstreamLine?
    var standing: UpstreamStanding
    var tellers: [String: StateTeller] = [:]
    var unfinished = 0
    var bytes = 0
    var isPaused = false
    var isClosed = false
  }

  // The adapter outlives its connections, but what one still tells may come a moment later.
  private struct WeakAdapter: Sendable { weak let adapter: Adapter? }

  let id: UInt32
  private let owner: WeakAdapter
  private let table: hub_upstream_socket_instance_1
  /// The accounts whose states follow each namespace.
  private let accounts: [String: Set<String>]
  private let maxBytes: Int
  /// Host and port.
  private let server: String
  private let queue: DispatchQueue
  private let state: Mutex<State>

  init(id: UInt32, adapter: Adapter, table: hub_upstream_socket_instance_1, plan: UpstreamPlan) {
    self.id = id
    owner = WeakAdapter(adapter: adapter)
    self.table = table
    accounts = plan.accounts
    maxBytes = plan.options.maxMessage
    server = plan.options.url.address
    queue = DispatchQueue(label: "adapter.\(adapter.spec.id).upstream.\(id)")
    state = Mutex(State(standing: UpstreamStanding(of: server, names: plan.options.namespaces.map(\.name))))
  }

  var health: (AdapterHealth, String)? { state.withLock { $0.standing.health } }

  var counts: (joined: Int, waiting: Int) { state.withLock { ($0.standing.joined, $0.standing.waiting) } }

  func begin(_ port: UpstreamPort, _ options: UpstreamOptions) {
    let line = port.open(options) { [self] event in happened(event) }
    let isClosed = state.withLock { state in
      if !state.isClosed { state.line = line }
      return state.isClosed
    }
    if isClosed { line.close() }
  }

  /// Ends the connection; nothing is told any more.
  func close() {
    let line = state.withLock { state in
      state.isClosed = true
      return state.line.take()
    }
    line?.close()
  }

  func emit(_ emit: UpstreamLine.Emit, answer: (@Sendable (UpstreamAnswer) -> Void)?) -> hub_status {
    let line = state.withLock { $0.standing.isJoined(emit.namespace) ? $0.line : nil }
    guard let line else {
      owner.adapter?.services.metrics.drops.with("upstream", "not_joined").increment()
      return Status.closed
    }
    line.emit(emit, answer)
    return Status.ok
  }

  // MARK: What happens

  private func happened(_ event: UpstreamEvent) {
    guard let adapter = owner.adapter, !state.withLock({ $0.isClosed }) else { return }
    if case .event(let namespace, let name, let arguments, let attachments, let ack) = event {
      let size = attachments.reduce(arguments.count) { $0 + $1.count }
      take(size)
      adapter.services.metrics.upstreamEvents.with(adapter.spec.id).increment()
      let cause = Cause.make(milliseconds: adapter.services.clock.milliseconds()).description
      return queue.async { [self] in
        let lent = LentUpstreamEvent(
          namespace: namespace, name: name, arguments: arguments, attachments: attachments, wantsAnswer: ack != nil, cause: cause)
        hand(lent, ack: ack, size: size)
      }
    }
    state.withLock { state in
      state.standing.apply(event)
      // A new connection is read from the start.
      if case .connected = event { state.isPaused = false }
    }
    adapter.note(event, from: server)
    adapter.extensions.upstreams.count()
    follow(adapter)
    guard let change = LentUpstreamChange(event) else { return }
    queue.async { [self] in
      owner.adapter?.instance?.call("changed") { [self] _, pointer in change.lend { table.changed?(pointer, id, $0) } }
    }
  }

  /// Gives the plugin an event, and waits for the end of it.
  private func hand(_ event: LentUpstreamEvent, ack: UpstreamAck?, size: Int) {
    guard let adapter = owner.adapter else { return }
    let pending = PendingUpstreamEvent { [self] answer in
      finished(size)
      if let ack, let answer, !answer.isEmpty { state.withLock { $0.line }?.acknowledge(ack, answer) }
      if answer == nil { adapter.services.metrics.drops.with("upstream", "unanswered").increment() }
    }
    let token = adapter.expect(.upstream(pending), within: adapter.spec.deadlines.delivery)
    let isTaken = adapter.instance?.call("event") { [self] _, pointer in event.lend { table.event?(pointer, id, $0, token) } }
    if isTaken != true, adapter.operations.withLock({ $0.giveUp(token) != nil }) { pending.finish(nil) }
  }

  private func take(_ size: Int) {
    state.withLock { state in
      state.unfinished += 1
      state.bytes += size
      guard !state.isPaused, state.unfinished > Self.backlog || state.bytes > maxBytes else { return }
      state.isPaused = true
      // Within the lock, so that pause and resume are asked for in the order in which they were decided.
      state.line?.pause()
    }
  }

  private func finished(_ size: Int) {
    state.withLock { state in
      state.unfinished -= 1
      state.bytes -= size
      guard state.isPaused, state.unfinished <= Self.backlog / 2, state.bytes <= maxBytes / 2 else { return }
      state.isPaused = false
      state.line?.resume()
    }
  }

  // MARK: channel.state

  private func follow(_ adapter: Adapter) {
    let now = adapter.services.clock.monotonic().milliseconds
    for (namespace, account) in accounts.lazy.flatMap({ pair in pair.value.map { (pair.key, $0) } }) {
      let decision = state.withLock { state -> StateTeller.Decision in
        guard let standing = state.standing.state(of: namespace) else { return .nothing }
        return state.tellers[account, default: StateTeller()].changed(to: standing, now: now)
      }
      act(on: decision, account: account)
    }
  }

  private func act(on decision: StateTeller.Decision, account: String) {
    guard let adapter = owner.adapter, !state.withLock({ $0.isClosed }) else { return }
    let now = adapter.services.clock.monotonic().milliseconds
    switch decision {
    case .nothing: break
    case .tell(let state):
      adapter.tell(state, of: account) { [self] in ask(account) { $0.failed(now: now) } }
    case .wait(let until):
      queue.asyncAfter(deadline: .now() + .milliseconds(Int(max(0, until - now)))) { [self] in ask(account) { $0.due(now: until) } }
    }
  }

  private func ask(_ account: String, _ question: (inout StateTeller) -> StateTeller.Decision) {
    let decision = state.withLock { question(&$0.tellers[account, default: StateTeller()]) }
    act(on: decision, account: account)
  }
}
