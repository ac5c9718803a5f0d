import HubModel
public import HubPluginSDK
import OrderedJSON
import Synchronization

extension SocketIOSink {
  /// Does what a client asks, whichever of the accepted names it used.
  public func message(_ message: HubClientMessage, ack: HubAck) {
    guard let session = state.withLock({ $0.sessions[message.socket] }) else { return refuse(.forbidden, "none", ack) }
    let socket = message.socket
    switch Command(name: message.name, arguments: .array(message.arguments)) {
    case .join(let id): join(id, socket: socket, ack)
    case .leave(let id): leave(id, socket: socket, session, ack)
    case .typing(let id, let isTyping): typing(id, isTyping, socket: socket, session, ack)
    case .register(let user): register(user, socket: socket, session, ack)
    case .sync(let user):
      // Catching up is not part of this sink yet; a client that would trust an empty answer must be told.
      refuse(user.map { $0 == session.user } ?? true ? .notFound : .forbidden, "sync", ack)
    case .ping: reply("pong", ["timestamp": .string(Timestamp(milliseconds: HubClock.wall()).iso8601)], socket: socket, "ping", ack)
    case .heartbeat(let ts): reply("heartbeat_ack", ["ts": ts], socket: socket, "heartbeat", ack)
    case .malformed: refuse(.badRequest, "malformed", ack)
    case .unknown:
      counters.ignored()
      if ack.isWanted { refuse(.notFound, "unknown", ack) }
    }
  }

  private func join(_ id: String, socket: String, _ ack: HubAck) {
    switch state.withLock({ $0.sessions.enter(id, socket: socket) }) {
    case .refused(let refusal): refuse(refusal, "join", ack)
    case .allowed: joined(id, socket: socket, ack)
    case .ask:
      ask(about: id, socket: socket) { [self] refusal in
        state.withLock { $0.sessions.entered(id, socket: socket, allowed: refusal == nil) }
        if let refusal { refuse(refusal, "join", ack) } else { joined(id, socket: socket, ack) }
      }
    }
  }

  /// The answers of the hub come on threads of their own, so a leave may overtake a join anywhere: it wins, and the join is told.
  private func joined(_ id: String, socket: String, _ ack: HubAck) {
    settle(TypingMachine.Place(socket: socket, conversation: id)) { [self] in
      if state.withLock({ $0.sessions.wants(id, socket: socket) }) { agree("join", ack) } else { refuse(.badRequest, "join", ack) }
    }
  }

  /// Brings a socket into a conversation's room or out of it. `done` comes when it is where it wants to be, whichever thread brings it
  /// there: who is told that it has left gets nothing of the room any more.
  private func settle(_ place: TypingMachine.Place, then done: @escaping @Sendable () -> Void) {
    state.withLock { $0.settling[place, default: []].append(done) }
    while let isIn = step(place) {
      if isIn {
        services.join(Room.conversation(place.conversation), socket: place.socket, namespace: Self.namespace)
      } else {
        services.leave(Room.conversation(place.conversation), socket: place.socket, namespace: Self.namespace)
      }
      // A channel may have to ask its provider for what happens in a conversation that somebody has open.
      services.look(at: place.conversation, socket: place.socket, isOn: isIn)
      state.withLock { $0.sessions.moved(place.conversation, socket: place.socket, isIn: isIn) }
    }
  }

  /// The next step of this thread; nil when the socket is there, which is told, or when another thread is at it.
  private func step(_ place: TypingMachine.Place) -> Bool? {
    let (step, settled) = state.withLock { state in
      let step = state.sessions.move(place.conversation, socket: place.socket)
      return (step, step == .settled ? state.settling.removeValue(forKey: place) ?? [] : [])
    }
    for done in settled { done() }
    return switch step {
    case .in: true
    case .out: false
    case .underWay, .settled: nil
    }
  }

  private func leave(_ id: String, socket: String, _ session: Sessions.Session, _ ack: HubAck) {
    let place = TypingMachine.Place(socket: socket, conversation: id)
    let wasTyping = state.withLock { state in
      state.sessions.leave(id, socket: socket)
      return state.typing.notice(place, isTyping: false, now: HubClock.monotonic())
    }
    if wasTyping {
      tell(place, isTyping: false, session: session)
      services.typing(in: id, socket: socket, isOn: false)
    }
    settle(place) { [self] in agree("leave", ack) }
  }

  private func typing(_ id: String, _ isTyping: Bool, socket: String, _ session: Sessions.Session, _ ack: HubAck) {
    switch state.withLock({ $0.sessions.look(at: id, socket: socket) }) {
    case .refused(let refusal): refuse(refusal, "typing", ack)
    case .allowed:
      notice(id, isTyping, socket: socket, session)
      agree("typing", ack)
    case .ask:
      ask(about: id, socket: socket) { [self] refusal in
        if let refusal { return refuse(refusal, "typing", ack) }
        state.withLock { $0.sessions.seen(id, socket: socket) }
        notice(id, isTyping, socket: socket, session)
        agree("typing", ack)
      }
    }
  }

  private func register(_ user: String?, socket: String, _ session: Sessions.Session, _ ack: HubAck) {
    if let user, user != session.user { return refuse(.forbidden, "register", ack) }
    counters.command("register", "ok")
    ack(["ok": true, "userId": .string(session.user), "socketId": .string(socket), "queued": 0])
  }

  private func reply(_ name: String, _ payload: JSONValue, socket: String, _ command: StaticString, _ ack: HubAck) {
    services.emit(name, arguments: JSONValue.array([payload]).serialized(), namespace: Self.namespace, to: .socket(socket))
    agree(command, ack)
  }

  /// Asks the hub whether the socket may see a conversation; nil when it may. A conversation of another tenant and one that does not
  /// exist get the same answer.
  private func ask(about id: String, socket: String, then: @escaping @Sendable (Refusal?) -> Void) {
    services.query(["conversation": .string(id)], for: socket) { [self] result in
      switch result {
      case .success(let conversation):
        let rights = state.withLock { $0.sessions[socket]?.rights }
        let account = (conversation["conversation"] ?? conversation)["account"]?.string
        then(rights?.allow(account: account) == true ? nil : .forbidden)
      case .failure(let error):
        switch error.code {
        case .busy, .timeout, .failed: then(.rateLimited)
        default: then(.forbidden)
        }
      }
    }
  }

  private func agree(_ command: StaticString, _ ack: HubAck) {
    counters.command("\(command)", "ok")
    ack(["ok": true])
  }

  private func refuse(_ refusal: Refusal, _ command: StaticString, _ ack: HubAck) {
    counters.command("\(command)", refusal.rawValue)
    ack(["ok": false, "error": .string(refusal.rawValue)])
  }
}
