import HubPluginSDK
import OrderedJSON
import Synchronization

extension SocketIOSink {
  /// Takes a client's typing notice and tells the others when it is news.
  func notice(_ conversation: String, _ isTyping: Bool, socket: String, _ session: Sessions.Session) {
    let place = TypingMachine.Place(socket: socket, conversation: conversation)
    let now = HubClock.monotonic()
    let (news, arm) = state.withLock { state in
      // The check of the conversation may have outlived the socket.
      guard state.sessions[socket] != nil else { return (false, false) }
      let news = state.typing.notice(place, isTyping: isTyping, now: now)
      let arm = isTyping && news && !state.timerArmed
      if arm { state.timerArmed = true }
      return (news, arm)
    }
    if news { tell(place, isTyping: isTyping, session: session) }
    // Every time: the provider forgets who types sooner than the frontends do.
    if news || isTyping { services.typing(in: conversation, socket: socket, isOn: isTyping) }
    if arm { armTimer(due: now + TypingMachine.expiry, now: now) }
  }

  /// Tells everybody else in the conversation's room. The notice goes through the dialect's table like a channel's own typing event.
  func tell(_ place: TypingMachine.Place, isTyping: Bool, session: Sessions.Session) {
    let event = CanonicalEvent(
      kind: "typing",
      body: [
        "kind": "typing", "tenant": .string(session.tenant), "conversation": ["id": .string(place.conversation)],
        "typing": ["isTyping": .bool(isTyping), "userId": .string(session.user)],
      ])
    for packet in mapper.packets(for: event) {
      services.emit(
        packet.name, arguments: packet.arguments, namespace: Self.namespace, to: .others(packet.rooms, from: place.socket))
      counters.packet(packet.name)
    }
  }

  /// One timer serves all: it is set for the first end and, when it fires, for the next.
  private func armTimer(due: UInt64, now: UInt64) {
    do {
      try services.after(milliseconds: due - now) { [weak self] in self?.expire(due: due) }
    } catch {
      state.withLock { $0.timerArmed = false }
    }
  }

  private func expire(due: UInt64) {
    // A timer that fires a little early by this clock is on time.
    let now = max(HubClock.monotonic(), due)
    let (ended, next) = state.withLock { state in
      let ended = state.typing.expire(now: now).compactMap { place in state.sessions[place.socket].map { (place, $0) } }
      let next = state.typing.deadline
      state.timerArmed = next != nil
      return (ended, next)
    }
    for (place, session) in ended {
      tell(place, isTyping: false, session: session)
      services.typing(in: place.conversation, socket: place.socket, isOn: false)
    }
    if let next { armTimer(due: next, now: now) }
  }
}
