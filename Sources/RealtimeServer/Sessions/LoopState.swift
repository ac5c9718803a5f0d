import EngineIO
import Logging
import NIOCore
import SocketIO
import Synchronization

/// One event loop's part of the server: its sessions, its sockets, its rooms. Another loop's part is reached through `run`.
final class LoopState: @unchecked Sendable {  // confined to `eventLoop`, but for the constants
  let eventLoop: any EventLoop
  let index: Int
  let options: RealtimeOptions
  let limits: DecodeLimits
  /// What opens a session, by its transport.
  let openings: (polling: OpenPacket, webSocket: OpenPacket)
  let registry: NamespaceRegistry
  /// Present when lost sessions can be recovered.
  let recovery: RecoveryStore?
  let bare: BareAnswering?
  let logger: Logger
  let meters = LoopMeters()
  private let inbox = LoopInbox()
  let compressors = CompressorPool()

  private(set) var sessions = SlotTable<Session>()
  private(set) var sockets = SlotTable<ServerSocket>()
  /// By the socket's place: its connection, when its transport is a WebSocket of this loop. A broadcast touches nothing else.
  private(set) var connections: ContiguousArray<WebSocketConnection?> = []
  var isShuttingDown = false
  /// Recovered sockets of this loop, by their ids, which name other places.
  private var recovered: [SocketID: Int] = [:]
  var random = RandomPool()
  private(set) var timers = LoopTimers()
  private var wakeUp: (at: Int64, task: Scheduled<Void>)?
  private var polled: [Session] = []
  private var remoteLinks: [RemoteLink] = []

  init(
    eventLoop: any EventLoop, index: Int, options: RealtimeOptions, registry: NamespaceRegistry, recovery: RecoveryStore?,
    bare: BareAnswering?, logger: Logger
  ) {
    self.eventLoop = eventLoop
    self.index = index
    self.options = options
    self.registry = registry
    self.recovery = recovery
    self.bare = bare
    self.logger = logger
    let upgrades: [TransportKind] = options.allowsUpgrades && options.transports.contains(.webSocket) ? [.webSocket] : []
    openings = (options.openPacket(upgrades: upgrades), options.openPacket(upgrades: []))
    limits = DecodeLimits(depth: options.maxDepth, attachments: options.maxAttachments, attachmentBytes: options.maxPayload * 4)
  }

  /// Milliseconds of the loop's clock.
  var now: Int64 { NIODeadline.now().milliseconds }

  /// Does this on the loop, after all that was asked before: at once when called there.
  func run(_ body: @escaping LoopInbox.Work) {
    if isCurrent() {
      body(self)
    } else if inbox.add(body) {
      eventLoop.execute { self.drainInbox() }
    }
  }

  /// Whether this is the loop; all that was asked before is done then. For what is done too often to be a closure.
  func isCurrent() -> Bool {
    guard eventLoop.inEventLoop else { return false }
    drainInbox()
    return true
  }

  private func drainInbox() {
    if inbox.drain(self) { eventLoop.execute { self.drainInbox() } }
  }

  // MARK: Sessions

  func session(_ key: TableKey) -> Session? {
    guard let session = sessions[key.slot], session.key == key else { return nil }
    return session
  }

  func open(_ make: (TableKey) -> Session) -> Session {
    let session = make(TableKey(loop: index, slot: sessions.nextSlot, using: &random))
    sessions.insert(session)
    meters.sessionsOpened.increment()
    meters.population.withLock { $0.sessions += 1 }
    return session
  }

  func forget(_ session: Session) {
    guard sessions[session.key.slot] === session else { return }
    sessions.remove(session.key.slot)
    session.place.release()
    meters.sessionsClosed.increment()
    meters.population.withLock { $0.sessions -= 1 }
  }

  /// A socket with a new id, or with the one it had before its connection was lost.
  func makeSocket(_ namespace: Namespace, session: Session, id former: SocketID? = nil) -> ServerSocket {
    let slot = sockets.nextSlot
    let id = former ?? SocketID(key: TableKey(loop: index, slot: slot, using: &random))
    let socket = ServerSocket(id: id, slot: UInt32(slot), namespace: namespace, session: session)
    sockets.insert(socket)
    if former != nil {
      recovered[id] = slot
      recovery?.settled(id, on: index)
    }
    if connections.count < sockets.elements.count { connections.append(nil) }
    return socket
  }

  /// Remembers by which connection the socket is reached.
  func connect(_ socket: ServerSocket, to connection: WebSocketConnection?) { connections[Int(socket.slot)] = connection }

  /// The socket's place is free again.
  func free(_ socket: ServerSocket) {
    guard sockets[Int(socket.slot)] === socket else { return }
    sockets.remove(Int(socket.slot))
    connections[Int(socket.slot)] = nil
    guard recovered.isEmpty == false, recovered.removeValue(forKey: socket.id) != nil else { return }
    recovery?.left(socket.id, from: index)
  }

  func socket(_ id: SocketID) -> ServerSocket? {
    if let socket = sockets[id.key.slot], socket.id == id, socket.isJoined { return socket }
    guard recovered.isEmpty == false, let slot = recovered[id], let socket = sockets[slot], socket.isJoined else { return nil }
    return socket
  }

  // MARK: Time

  func add(_ kind: LoopTimers.Kind, _ key: TableKey, deadline: Int64) {
    if timers.add(kind, key, deadline: deadline) { wake(at: deadline) }
  }

  /// Deadlines that lie close together share a wake-up, as far as the times that were asked for allow.
  private var granularity: Int64 {
    let shortest = min(options.pingInterval.milliseconds, options.pingTimeout.milliseconds, options.connectTimeout.milliseconds)
    return shortest < 5000 ? max(1, shortest / 1000) : 50
  }

  private func wake(at deadline: Int64) {
    let at = (deadline + granularity - 1) / granularity * granularity
    if let wakeUp, wakeUp.at <= at { return }
    wakeUp?.task.cancel()
    let task = eventLoop.scheduleTask(deadline: .uptimeNanoseconds(UInt64(max(at, 0)) * 1_000_000)) { self.tick() }
    wakeUp = (at, task)
  }

  private func tick() {
    wakeUp = nil
    let now = now
    while let (kind, key) = timers.popDue(now) {
      guard let session = session(key) else { continue }
      if kind == .connect { session.connectTimedOut() } else { session.tick(now) }
    }
    if let next = timers.next { wake(at: next) }
  }

  // MARK: The end of a turn

  /// Answers the session's poll after everything else of this turn, so that what one turn sends leaves together.
  func answerAtEndOfTurn(_ session: Session) {
    if polled.isEmpty { eventLoop.execute { self.answerPolls() } }
    polled.append(session)
  }

  private func answerPolls() {
    let sessions = polled
    polled = []
    for session in sessions { session.answerPoll() }
  }

  /// Hands what the links of this turn hold to their own loops, with one hop for each loop.
  func forwardAtEndOfTurn(_ link: RemoteLink) {
    if remoteLinks.isEmpty { eventLoop.execute { self.forward() } }
    remoteLinks.append(link)
  }

  private func forward() {
    let links = remoteLinks
    remoteLinks = []
    var parcels: [ObjectIdentifier: [RemoteLink.Parcel]] = [:]
    for link in links { parcels[ObjectIdentifier(link.eventLoop), default: []].append(link.takeParcel()) }
    for (_, group) in parcels {
      group.first?.link.eventLoop.execute { for parcel in group { parcel.deliver() } }
    }
  }
}
