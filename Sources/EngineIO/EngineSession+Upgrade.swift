extension EngineSession {
  /// What to do with a packet on a WebSocket that is not the session's transport yet.
  public enum ProbeDecision: Sendable, Hashable {
    /// Answer `3probe` on the WebSocket; `freesPoll`: and the waiting poll with a noop.
    case answerProbe(freesPoll: Bool)
    /// The WebSocket is the transport now: answer the waiting poll with a noop, send what is buffered.
    case upgraded(freesPoll: Bool)
    /// Close that WebSocket; polling goes on.
    case abandon
  }

  /// A WebSocket with this session's id was opened. False: close it; the session is unharmed.
  public mutating func probe(now: Int64) -> Bool {
    guard allowsUpgrade, case .polling(let polling) = state else { return false }
    state = .upgrading(polling, probed: false, until: now + timing.upgradeTimeout)
    return true
  }

  /// A packet came on the probing WebSocket. `isProbe`: a ping whose data is `probe`.
  public mutating func probePacket(_ kind: PacketKind, isProbe: Bool, now: Int64) -> ProbeDecision {
    guard case .upgrading(var polling, _, let until) = state else { return .abandon }
    let freesPoll = polling.isWaiting
    switch kind {
    case .ping where isProbe:
      polling.isWaiting = false
      state = .upgrading(polling, probed: true, until: until)
      return .answerProbe(freesPoll: freesPoll)
    case .upgrade:
      state = .webSocket
      // The ping may have been lost with the old transport, and a pong that still comes does no harm.
      if heartbeat.phase == .awaitingPong { heartbeat.restart(now: now, timing: timing) }
      return .upgraded(freesPoll: freesPoll)
    default:
      state = .polling(polling)
      return .abandon
    }
  }

  /// The probing WebSocket is gone. Polling goes on, and a fresh probe may come.
  public mutating func probeLost() {
    guard case .upgrading(let polling, _, _) = state else { return }
    state = .polling(polling)
  }
}
