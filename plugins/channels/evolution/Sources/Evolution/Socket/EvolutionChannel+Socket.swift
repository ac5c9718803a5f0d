public import HubPluginSDK
import OrderedJSON
import Synchronization

/// One event of the socket on its way to the journal.
struct SocketArrival: Sendable {
  let parsed: ParsedEnvelope
  let cause: String
  /// The instance it came for; nil when nobody's.
  let instance: String?
  let done: HubUpstreamDone
}

/// The server's socket, in the modes `instance` and `global`. Connecting and joining, and coming back to both, are the hub's.
extension EvolutionChannel: HubUpstreamHandler {
  private static let upstream: UInt32 = 1

  var socket: SocketEvents { SocketEvents(mode: configuration.mode, instances: configuration.instances) }

  /// Opens the connection. The server may be there or not.
  func openSocket(to server: ServerAddress) throws {
    var options = HubUpstreamOptions(url: server.origin, namespaces: socket.namespaces.map(Self.namespace(in: socket)))
    options.path = server.prefix + "/socket.io/"
    if let key = server.key ?? server.tokens.sorted(by: { $0.key < $1.key }).first?.value {
      if server.isKeyInQuery { options.query = [("apikey", key)] } else { options.headers = [("apikey", key)] }
    }
    options.authority = server.authority
    options.maxMessage = configuration.maxEvent
    for instance in configuration.instances.sorted() { services.log(.info, "connecting", ["instance": .string(instance)]) }
    try services.openUpstream(options, id: Self.upstream)
  }

  private static func namespace(in socket: SocketEvents) -> (String) -> HubUpstreamOptions.Namespace {
    { name in
      HubUpstreamOptions.Namespace(name, account: socket.mode == .global ? "*" : socket.instance(of: name))
    }
  }

  /// Begins a new connection in the place of one that says nothing.
  func reopenSocket() {
    guard let server = configuration.server else { return }
    services.closeUpstream(Self.upstream)
    leave(configuration.instances)
    do { try openSocket(to: server) } catch { services.log(.error, "the socket can't be opened", ["reason": .string("\(error)")]) }
  }

  private func leave(_ instances: some Sequence<String>) {
    let nowMs = HubClock.wall()
    attendance.withLock { attendance in instances.forEach { attendance.leave($0, nowMs: nowMs) } }
  }

  /// The connection or a namespace came or went.
  public func changed(_ change: HubUpstreamChange, upstream: UInt32) {
    switch change {
    case .connected: break
    case .joined(let namespace):
      for instance in socket.instances(behind: namespace) {
        services.log(.info, "connected", ["instance": .string(instance)])
        arrive(instance)
      }
      joinedGlobal()
    case .refused(let namespace, _, _, _), .left(let namespace, _): leave(socket.instances(behind: namespace))
    case .lost(let namespace, _):
      var lost = ParsedEnvelope()
      lost.drop(.oversize)
      tell(lost, cause: "")
      for instance in namespace.map({ socket.instances(behind: $0) }) ?? configuration.instances.sorted() { miss(instance) }
    case .disconnected(_, let text, let status, _):
      leave(configuration.instances)
      keepAttendance()
      guard let status, let hint = Self.hint(status), notices.withLock({ $0.reports(.refusedSocket, nowMs: HubClock.wall()) }) else {
        return
      }
      services.log(.error, hint, ["status": .number(JSONNumber(Int64(status))), "answer": .string(text)])
    }
  }

  /// What an answer to the request for a websocket means.
  private static func hint(_ status: Int) -> String? {
    switch status {
    case 400, 401, 403: "the server refuses the key: look at api_key"
    case 404: "the server has no socket: it needs WEBSOCKET_ENABLED=true"
    default: nil
    }
  }

  /// An event of the server.
  public func event(_ event: HubUpstreamEvent, done: HubUpstreamDone) {
    let parsed = socket.parse(event.arguments, attachments: event.attachments, namespace: event.namespace, receivedMs: HubClock.wall())
    let instance = parsed.instance
    hear(instance)
    heardGlobal()
    counters.withLock { $0 }?.countSocketEvent()
    admit(SocketArrival(parsed: parsed, cause: event.cause, instance: instance, done: done))
  }

  /// Hands it on, unless what came before it is still looked up.
  private func admit(_ arrival: SocketArrival) {
    guard let instance = arrival.instance else { return offer(arrival) }
    let nowMs = HubClock.monotonic()
    // Under the lock under which a gap is closed: what waits by then is released by that.
    let (isHeld, wait) = attendance.withLock { attendance in
      live.withLock { $0.offer(arrival, of: instance, isFilling: attendance.isFilling(instance), nowMs: nowMs) }
    }
    if isHeld == false { offer(arrival) }
    guard let wait else { return }
    // It is refused at the end of the adapter only.
    try? services.later(milliseconds: wait) { [weak self] in self?.lapse(instance) }
  }

  private func lapse(_ instance: String) {
    guard live.withLock({ $0.lapse(instance, nowMs: HubClock.monotonic()) }) else { return }
    services.log(.warning, "what comes now waits no longer for what was missed", ["instance": .string(instance)])
    release(instance, isFilled: false)
  }

  /// Nothing waits for what was missed of an instance.
  func hurry(_ instance: String) {
    live.withLock { $0.hurry(instance) }
    release(instance, isFilled: false)
  }

  /// Hands on what waited.
  func release(_ instance: String, isFilled: Bool) {
    let isMine = live.withLock { live in
      if isFilled { live.filled(instance) }
      return live.release(instance)
    }
    guard isMine else { return }
    while let arrivals = live.withLock({ $0.next(instance) }) { arrivals.forEach(offer) }
  }

  private func offer(_ arrival: SocketArrival) {
    if let entry = intake.withLock({ $0.offer(arrival, nowMs: HubClock.monotonic()) }) { hand(entry) }
  }

  private func hand(_ entry: IntakeQueue<SocketArrival>.Entry) {
    store(entry.item.parsed, cause: entry.item.cause) { [self] result in
      switch result {
      case .success:
        entry.item.done()
        if let next = intake.withLock({ $0.stored(entry) }) { hand(next) }
      case .failure(let error):
        guard error.code != .closed else { return entry.item.done.fail(error) }
        if notices.withLock({ $0.reports(.unavailable, nowMs: HubClock.wall()) }) {
          services.log(.error, "events of the socket cannot be stored now", ["reason": .string(error.description)])
        }
        if let wait = intake.withLock({ $0.refused(entry) }) { retry(after: wait) }
      }
    }
  }

  private func retry(after wait: UInt64) {
    // It is refused at the end of the adapter only, when the hub has given up what waits.
    try? services.later(milliseconds: wait) { [weak self] in self?.tryAgain() }
  }

  private func tryAgain() {
    let (expired, next) = intake.withLock { $0.due(nowMs: HubClock.monotonic()) }
    for entry in expired {
      var lost = ParsedEnvelope()
      lost.drop(.notStored)
      tell(lost, cause: entry.item.cause)
      if let instance = entry.item.instance { miss(instance) }
      entry.item.done.fail(HubError(.busy, "the journal took no events"))
    }
    if let next { hand(next) }
  }
}
