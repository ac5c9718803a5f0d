import EngineIO
import NIOCore
import SocketIO
import Synchronization
import WebSocketFrames

/// One client's session: the Engine.IO machine, the namespaces it has joined, and the transport it has now.
final class Session: @unchecked Sendable {  // confined to `loop.eventLoop`
  let loop: LoopState
  let key: TableKey
  let handshake: ClientHandshake
  let place: SessionPlace
  var engine: EngineSession
  var memberships = Memberships()
  var assembler = PacketAssembler()
  /// What waits for polls; nil once the transport is a WebSocket.
  var polling: PollingBuffer?
  /// The WebSocket that is the transport.
  private(set) var link: (any WebSocketLink)?
  /// The WebSocket that is to become it.
  var probe: (any WebSocketLink)?
  private var bucket: EventBucket
  private var isAnswerListed = false
  /// The attachment that was awaited at the last ping, and since which one, in the loop's milliseconds.
  private var stalled: (attachment: PacketAssembler.Awaited, since: Int64)?
  /// Why the session ended, for sockets that are accepted afterwards.
  private(set) var endReason: DisconnectReason?
  /// Who waits for the session's end.
  var whenOver: EventLoopPromise<Void>?
  /// The label under which the transport is counted; nil while it has joined nothing.
  private var countedLabel: String?

  init(transport: TransportKind, key: TableKey, handshake: ClientHandshake, place: SessionPlace, loop: LoopState) {
    let now = loop.now
    self.loop = loop
    self.key = key
    self.handshake = handshake
    self.place = place
    engine = EngineSession(
      transport: transport, allowsUpgrade: loop.options.allowsUpgrades && loop.options.transports.contains(.webSocket),
      timing: loop.options.timing, now: now)
    bucket = EventBucket(rate: loop.options.eventsPerSecond, now: now)
    if transport == .polling { polling = PollingBuffer() }
    loop.add(.ping, key, deadline: now + loop.options.pingInterval.milliseconds)
    loop.add(.connect, key, deadline: now + loop.options.connectTimeout.milliseconds)
  }

  var isOver: Bool { engine.closeReason != nil }

  var joinedSockets: [ServerSocket] { memberships.joined.compactMap { loop.sockets[Int($0)] } }

  /// The text of the packet that opens the session.
  var openPacket: String { (polling == nil ? loop.openings.webSocket : loop.openings.polling).text(sessionID: key.text) }

  // MARK: Sending

  /// Sends a packet by the transport of the moment. False when it was dropped.
  @discardableResult
  func send(_ message: OutboundMessage, isVolatile: Bool = false) -> Bool {
    if let link {
      if isVolatile, link.isWritable == false { return drop() }
      link.send(message)
    } else {
      if isVolatile, engine.isWritable(hasData: polling?.isEmpty == false) == false { return drop() }
      guard engine.closeReason == nil else { return false }
      polling?.append(message)
      buffered()
    }
    loop.meters.packetsOut(message.packetCount, bytes: message.frames.readableBytes)
    return true
  }

  /// Sends a text message, its Engine.IO type included, that is for this client alone.
  func send(text: [UInt8]) {
    guard let link else {
      send(OutboundMessage(text: text))
      return
    }
    link.send(text: text)
    loop.meters.packetsOut(1, bytes: WebSocketFrame.size(text.count))
  }

  func send(_ kind: PacketKind) {
    loop.meters.packetsOut(1, bytes: 1)
    if let link {
      link.send(WebSocketFrame.text([kind.rawValue]))
    } else {
      polling?.append(kind)
      buffered()
    }
  }

  private func drop() -> Bool {
    loop.meters.volatileDrops.increment()
    return false
  }

  func buffered() {
    if let size = polling?.size, size > loop.options.pollingBacklog {
      polling?.removeAll()
      return close(.slowConsumer)
    }
    guard engine.send() == .answerPoll, isAnswerListed == false else { return }
    isAnswerListed = true
    loop.answerAtEndOfTurn(self)
  }

  /// Answers the waiting poll with what is buffered.
  func answerPoll() {
    isAnswerListed = false
    guard polling?.isEmpty == false, engine.answerPoll() else { return }
    respondToPoll(.payload(takePayload()))
  }

  // MARK: The transport

  /// The WebSocket becomes the transport.
  func attach(_ link: any WebSocketLink) {
    self.link = link
    polling = nil
    for socket in joinedSockets { connect(socket) }
  }

  /// Lets broadcasts find the connection of a socket without asking the session.
  func connect(_ socket: ServerSocket) { loop.connect(socket, to: link as? WebSocketConnection) }

  // MARK: The end

  /// The server ends the session.
  func close(_ reason: DisconnectReason, code: UInt16? = nil) {
    switch engine.close(now: loop.now, hasData: polling?.isEmpty == false) {
    case .nothing: return
    case .closeWebSocket: link?.close(code: code)
    case .answerPoll:
      if reason == .serverShuttingDown {
        loseSession()
      } else {
        respondToPoll([PacketKind.close.rawValue])
      }
    case .flushPoll:
      respondToPoll(.payload(takePayload()))
      awaitFarewell()
    case .awaitPoll: awaitFarewell()
    }
    ended(reason)
  }

  private func awaitFarewell() { loop.add(.farewell, key, deadline: loop.now + loop.options.timing.farewell) }

  /// The machine says that the session is over; `poll` is what a waiting poll is told.
  func ended(_ reason: DisconnectReason, poll: PacketKind = .close) {
    endReason = reason
    respondToPoll([poll.rawValue])
    probe?.close(code: nil)
    probe = nil
    link = nil
    if reason == .slowConsumer { loop.meters.slowCloses.increment() }
    if reason == .parseError { loop.meters.protocolErrors.increment() }
    let sockets = joinedSockets
    _ = memberships.removeAll()
    recount()
    if engine.isForgotten {
      polling = nil
      loop.forget(self)
    }
    for socket in sockets { loop.remove(socket, reason: reason) }
    whenOver?.succeed()
  }

  /// Counts the transport under the label of its oldest socket.
  func recount() {
    let label = memberships.first.flatMap { loop.sockets[Int($0)]?.label }
    guard label != countedLabel else { return }
    loop.meters.population.withLock { $0.move(from: countedLabel, to: label) }
    countedLabel = label
  }

  /// Whether the client may send one more event now.
  func takesEvent() -> Bool {
    let rate = loop.options.eventsPerSecond
    return rate == 0 || bucket.take(rate: rate, now: loop.now)
  }

  // MARK: Time

  func tick(_ now: Int64) {
    switch engine.tick(now: now) {
    case .nothing: break
    case .ping:
      // Megabytes may be held for a packet whose last attachment never comes.
      if isStalled(now) { return violated(.forcedClose) }
      send(.ping)
      // Not the machine's next deadline: while a WebSocket is being tried, that may be the trial's.
      loop.add(.pong, key, deadline: now + loop.options.pingTimeout.milliseconds)
    case .pingTimeout:
      link?.close(code: nil)
      ended(.pingTimeout)
    case .upgradeTimeout:
      probe?.close(code: nil)
      probe = nil
      trialEnded()
    case .forget: loop.forget(self)
    }
  }

  private func isStalled(_ now: Int64) -> Bool {
    guard let awaited = assembler.awaited else {
      stalled = nil
      return false
    }
    if let stalled, stalled.attachment == awaited { return now - stalled.since >= loop.options.attachmentDeadline.milliseconds }
    stalled = (awaited, now)
    return false
  }

  func connectTimedOut() {
    if memberships.hasEverJoined == false, loop.bare == nil { close(.forcedServerClose) }
  }

  /// After a pong or an upgrade: the next ping is due an interval from now.
  func heartbeatRestarted() {
    loop.add(.ping, key, deadline: loop.now + loop.options.pingInterval.milliseconds)
  }
}
