import NIOCore
import SocketIO

/// Getting lost sockets back.
extension Session {
  /// The socket of a client that asks to join: one that was lost, if it may be had, or a new one.
  func candidate(for namespace: Namespace, auth: [UInt8]) -> ServerSocket {
    guard let recovery = namespace.recovery, let store = loop.recovery else { return loop.makeSocket(namespace, session: self) }
    guard let request = RecoveryRequest(auth) else { return newcomer(to: namespace) }
    guard let lost = store.take(request.privateID, namespace: namespace.number, now: loop.now), let id = SocketID(lost.socket),
      recovery.holds(request.offset)
    else {
      loop.meters.unrecovered.increment()
      return newcomer(to: namespace)
    }
    let socket = loop.makeSocket(namespace, session: self, id: id)
    socket.recovery = SocketRecovery(privateID: request.privateID, claim: .init(session: lost, offset: request.offset))
    return socket
  }

  private func newcomer(to namespace: Namespace) -> ServerSocket {
    let socket = loop.makeSocket(namespace, session: self)
    socket.recovery = SocketRecovery(privateID: loop.makePrivateID())
    return socket
  }

  /// What a client that is let in now has missed. Nil when it cannot have the socket it asked for.
  func missed(_ socket: ServerSocket, _ claim: SocketRecovery.Claim, owner: String) -> [OutboundMessage]? {
    guard claim.session.owner == owner, let recovery = socket.namespace.recovery,
      let missed = recovery.missed(by: claim.session, after: claim.offset, in: socket.namespace, on: loop),
      let store = loop.recovery, missed.reduce(0, { $0 + $1.frames.readableBytes }) <= store.options.missed
    else { return nil }
    return missed
  }

  /// The client cannot have the socket it asked for: the application hears of that one's end, and is asked about a new one.
  func startAnew(_ socket: ServerSocket, context: (any Sendable)?, auth: [UInt8]) {
    loop.meters.unrecovered.increment()
    loop.free(socket)
    // Not within the application's own call, which may be the one that let the client in.
    loop.eventLoop.execute { [self] in
      socket.namespace.handler.disconnected(socket.id, context: context, reason: .transportClose)
      if memberships.isConnecting(socket.namespace.name) { ask(newcomer(to: socket.namespace), auth: auth) }
    }
  }

  /// The client was not let in, or is gone by now; it may ask again.
  func giveBack(_ socket: ServerSocket) {
    guard let recovery = socket.recovery, let claim = recovery.claim else { return }
    recovery.claim = nil
    loop.recovery?.keep(claim.session, under: recovery.privateID, now: loop.now)
  }
}

extension LoopState {
  func makePrivateID() -> String { TableKey(using: &random).text }

  /// What is to be kept of a socket whose connection is lost; nil when it is not to come back.
  func remains(of socket: ServerSocket, reason: DisconnectReason) -> LostSession? {
    guard let recovery = socket.recovery, let store = self.recovery, reason.isRecoverable, socket.namespace.isOpen else { return nil }
    let rooms = Set(socket.namespace.rooms[index].table.rooms(of: socket.slot)).subtracting([Self.everyone])
    return LostSession(
      socket: socket.id.description, namespace: socket.namespace.number, rooms: rooms, owner: recovery.owner,
      deadline: now + store.options.duration.milliseconds)
  }
}
