public import Logging
public import NIOCore
import SocketIO
import Synchronization

/// A Socket.IO server: every namespace, transport and engine path in one place. Its methods may be called from any thread; what one
/// thread does to one socket keeps its order.
public final class RealtimeServer: Sendable {
  let loops: [LoopState]
  let options: RealtimeOptions
  private let registry = NamespaceRegistry()
  private let limiter: SessionLimiter
  private let recovery: RecoveryStore?
  private let group: any EventLoopGroup
  private let logger: Logger

  /// A server on the loops of `group`, at most 256 of them.
  public convenience init(options: RealtimeOptions, group: any EventLoopGroup, logger: Logger) {
    self.init(options: options, group: group, logger: logger, bare: nil)
  }

  /// A server of bare Engine.IO when `bare` is given: it has no namespaces, and each message is answered with what `bare` makes of it.
  package init(options: RealtimeOptions, group: any EventLoopGroup, logger: Logger, bare: BareAnswering?) {
    self.options = options
    self.group = group
    self.logger = logger
    limiter = SessionLimiter(total: options.sessions, perAddress: options.sessionsPerAddress)
    let registry = registry
    let recovery = options.recovery.map { RecoveryStore(options: $0) }
    self.recovery = recovery
    loops = group.makeIterator().prefix(256).enumerated().map { index, eventLoop in
      LoopState(
        eventLoop: eventLoop, index: index, options: options, registry: registry, recovery: recovery, bare: bare, logger: logger)
    }
    guard let recovery, let interval = options.recovery?.expiryInterval else { return }
    // What nobody asks for, and nothing new pushes out, goes all the same. The loops hold both as long as there is a server.
    loops.first?.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { [weak recovery, weak registry] task in
      guard let recovery, let registry else { return task.cancel() }
      let now = NIODeadline.now().milliseconds
      recovery.expire(now: now)
      registry.expire(now: now)
    }
  }

  /// Accepts connections: the engine paths are the server's, everything else is routed. Origins, message size and compression are
  /// those of the server's options.
  public func listen(
    on address: ListenAddress, options: ListenerOptions = ListenerOptions(), routing: any HTTPRouting = NoRoutes()
  ) async throws -> HTTPListener {
    var options = options
    options.cors = self.options.cors
    options.webSocket.message = self.options.maxPayload
    options.compression = self.options.compression
    options.pollCompression = self.options.pollCompression
    let engine = SessionEndpoint(loops: loops, options: self.options, limiter: limiter, trustedProxies: options.trustedProxies)
    return try await HTTPListener.bind(
      address, options: options, routing: routing, engine: engine, group: group, logger: logger)
  }

  // MARK: Namespaces

  /// Claims a namespace such as `/` or `/whatsapp`. Case and trailing slash matter. Its sockets can be recovered if the server's
  /// options say so and `isRecoverable` does not forbid it.
  public func addNamespace(_ name: String, handler: any NamespaceHandler, isRecoverable: Bool = true) throws(NamespaceError) {
    let recovery = isRecoverable ? options.recovery.map { NamespaceRecovery(options: $0, loops: loops.count) } : nil
    try registry.add(name, handler: handler, recovery: recovery, loops: loops.count)
  }

  /// Gives a namespace up; its sockets are disconnected.
  public func removeNamespace(_ name: String) {
    guard let namespace = registry.remove(name) else { return }
    for loop in loops {
      loop.run { loop in
        for slot in loop.targets(namespace, rooms: [], except: []) {
          guard let socket = loop.sockets[Int(slot)], socket.namespace === namespace else { continue }
          socket.session.disconnect(socket, closesTransport: false)
        }
      }
    }
  }

  // MARK: Emitting

  /// Sends an event to the sockets of these rooms, each once; an empty list means the whole namespace. A room that is a socket's id
  /// reaches that socket. Sockets in one of `exceptRooms` are left out.
  public func emit(
    namespace name: String, rooms: [String] = [], except: Set<SocketID> = [], exceptRooms: [String] = [], packet: EventPacket,
    flags: EmitFlags = []
  ) {
    guard let namespace = registry.find(name) else { return }
    if let recovery = namespace.recovery, recover(packet, recovery, namespace, Audience(rooms, except, exceptRooms), flags) { return }
    guard let message = OutboundMessage(packet, namespace: name, threshold: threshold, flags: flags) else { return refuse(packet) }
    for loop in loops {
      loop.run { loop in
        loop.broadcast(message, to: namespace, rooms: rooms, except: except, exceptRooms: exceptRooms, flags: flags)
      }
    }
  }

  /// Sends an event to one socket.
  public func emit(to socket: SocketID, packet: EventPacket, flags: EmitFlags = []) {
    onSocket(socket) { [self] target in
      let namespace = target.namespace
      if let recovery = namespace.recovery, recover(packet, recovery, namespace, Audience([socket.description]), flags) { return }
      guard let message = OutboundMessage(packet, namespace: namespace.name, threshold: threshold, flags: flags) else {
        return refuse(packet)
      }
      target.session.send(message, isVolatile: flags.contains(.volatile))
    }
  }

  /// Sends an event to one socket and waits for its answer, which comes on the socket's loop. A volatile one that was dropped is waited
  /// for, too.
  public func emit(
    to socket: SocketID, packet: EventPacket, flags: EmitFlags = [], timeout: TimeAmount,
    answer: @escaping @Sendable (AckOutcome) -> Void
  ) {
    guard let loop = loop(of: socket) else { return answer(.disconnected) }
    loop.run { loop in
      guard let target = loop.socket(socket) else { return answer(.disconnected) }
      let asked = loop.ask(
        packet, id: target.namespace.nextAckID(), namespace: target.namespace, targets: [target.slot], flags: flags,
        timeout: timeout,
        answer: { answer($1) })
      if asked == 0 { answer(.disconnected) }
    }
  }

  /// Sends an event to the sockets of these rooms, without those in `exceptRooms`, and gathers their answers: the text of a JSON array by
  /// socket, and whether every socket answered in time. A volatile one is waited for from those, too, for whom it was dropped.
  public func emit(
    namespace name: String, rooms: [String] = [], except: Set<SocketID> = [], exceptRooms: [String] = [], packet: EventPacket,
    flags: EmitFlags = [], timeout: TimeAmount, answers: @escaping @Sendable (_ answers: [SocketID: [UInt8]], _ isComplete: Bool) -> Void
  ) {
    guard let namespace = registry.find(name) else { return answers([:], true) }
    let collector = AckCollector(loops: loops.count, done: answers)
    let id = namespace.nextAckID()
    for loop in loops {
      loop.run { loop in
        let targets = loop.targets(namespace, rooms: rooms, except: except, exceptRooms: exceptRooms)
        let asked = loop.ask(packet, id: id, namespace: namespace, targets: targets, flags: flags, timeout: timeout) {
          collector.answered($0, $1)
        }
        collector.asked(asked)
      }
    }
  }

  // MARK: Sockets

  /// Adds a socket to rooms.
  public func join(_ socket: SocketID, rooms: [String]) {
    loop(of: socket)?.run { $0.join(socket, rooms: rooms) }
  }

  /// Removes a socket from rooms.
  public func leave(_ socket: SocketID, rooms: [String]) {
    loop(of: socket)?.run { $0.leave(socket, rooms: rooms) }
  }

  /// Removes a socket from its namespace, or ends its whole connection after it was told for every namespace. The stock client does
  /// not come back by itself after the latter.
  public func disconnect(_ socket: SocketID, closeTransport: Bool = false) {
    onSocket(socket) { $0.session.disconnect($0, closesTransport: closeTransport) }
  }

  /// Ends a socket's whole connection without telling it for any namespace, as a server that goes away does.
  package func end(_ socket: SocketID) {
    onSocket(socket) { $0.session.close(.forcedServerClose) }
  }

  /// Sends an Engine.IO message as it is, for servers that are to go wrong.
  package func send(raw text: [UInt8], to socket: SocketID) {
    onSocket(socket) { $0.session.send(OutboundMessage(text: text)) }
  }

  // MARK: Numbers

  /// Who is connected.
  public func counts() -> RealtimeCounts {
    loops.reduce(into: RealtimeCounts()) { counts, loop in counts.add(loop.meters.population.withLock { $0 }) }
  }

  /// What has happened since the start.
  public func counters() -> RealtimeCounters {
    var counters = loops.reduce(into: RealtimeCounters()) { counters, loop in counters.add(loop.meters) }
    counters.droppedRecoverySessions = recovery?.dropped ?? 0
    counters.droppedRecoveryPackets = registry.droppedPackets
    return counters
  }

  // MARK: The end

  /// Ends every session, spread over `drain`, without telling clients to stay away: they come back. New sessions are refused.
  public func shutdown(drain: TimeAmount) async {
    let ends = loops.map { $0.shutdown(drain: drain) }
    for end in ends { try? await end.get() }
  }

  private func loop(of socket: SocketID) -> LoopState? {
    let index = recovery?.loop(of: socket) ?? socket.key.loop
    return index < loops.count ? loops[index] : nil
  }

  private func onSocket(_ socket: SocketID, _ body: @escaping @Sendable (ServerSocket) -> Void) {
    loop(of: socket)?.run { loop in loop.socket(socket).map(body) }
  }

  /// Sends a packet that is to be kept for lost sockets, or that clients would take for one. False when it is neither.
  private func recover(
    _ packet: EventPacket, _ recovery: NamespaceRecovery, _ namespace: Namespace, _ audience: Audience, _ flags: EmitFlags
  ) -> Bool {
    if let offset = packet.offset, flags.contains(.volatile) == false {
      guard let message = OutboundMessage(packet, namespace: namespace.name, offset: offset, threshold: threshold, flags: flags) else {
        refuse(packet)
        return true
      }
      recovery.publish(message, offset: offset, to: audience, of: namespace, on: loops)
      return true
    }
    guard RecoveryOffset.isMimicked(by: packet.arguments) else { return false }
    // Ends with an offset that says nothing new; which one that is depends on the loop.
    for loop in loops {
      loop.run { [self] loop in
        let offset = recovery.newest(on: loop)
        guard let message = OutboundMessage(packet, namespace: namespace.name, offset: offset, threshold: threshold, flags: flags) else {
          return
        }
        loop.broadcast(message, to: audience, of: namespace, flags: flags)
      }
    }
    return true
  }

  private var threshold: Int? { options.compression?.threshold }

  private func refuse(_ packet: EventPacket) {
    logger.warning("event not sent: its arguments are no JSON array", metadata: ["event": "\(packet.name)"])
  }
}
