extension EngineSession {
  /// What a packet on the session's transport means.
  public enum PacketDecision: Sendable, Hashable {
    /// Hand it to the layer above.
    case message
    /// Nothing more.
    case ignore
    /// The session is over.
    case closed(CloseReason)
  }

  /// Where a packet goes.
  public enum SendDecision: Sendable, Hashable {
    /// Onto the WebSocket.
    case webSocket
    /// Into the buffer, which the waiting poll then fetches: see ``EngineSession/answerPoll()``.
    case answerPoll
    /// Into the buffer.
    case buffer
    /// Nowhere: the session is over.
    case drop
  }

  /// How to tell the client that the session is over.
  public enum CloseDecision: Sendable, Hashable {
    /// Answer the waiting poll with a close packet.
    case answerPoll
    /// Answer the waiting poll with what is buffered; the next one is told. Clients handle a close packet before the packets of
    /// the same payload.
    case flushPoll
    /// Keep the buffer for the polls to come.
    case awaitPoll
    /// Close the WebSocket.
    case closeWebSocket
    /// It is over already.
    case nothing
  }

  /// What the clock asks for.
  public enum TimerDecision: Sendable, Hashable {
    /// Look again at ``EngineSession/deadline``.
    case nothing
    /// Send a ping.
    case ping
    /// The session is over for want of a pong. Answer the waiting poll with a close packet, or close the WebSocket.
    case pingTimeout
    /// Close the probing WebSocket; polling goes on.
    case upgradeTimeout
    /// Nobody came to be told; forget the session.
    case forget
  }

  /// A packet came by the session's transport.
  public mutating func receive(_ kind: PacketKind, now: Int64) -> PacketDecision {
    guard closeReason == nil else { return .ignore }
    switch kind {
    case .message: return .message
    case .pong:
      if heartbeat.phase == .awaitingPong { heartbeat.restart(now: now, timing: timing) }
      return .ignore
    case .close: return close(.transportClose)
    // A client that pings speaks another version of the protocol.
    case .ping: return close(.transportError)
    case .open, .upgrade, .noop: return .ignore
    }
  }

  /// The peer's bytes are no packet.
  public mutating func receiveFailed() -> PacketDecision { closeReason == nil ? close(.parseError) : .ignore }

  /// The WebSocket that is the session's transport is gone. True when that ended the session.
  public mutating func webSocketLost(_ reason: CloseReason) -> Bool {
    guard case .webSocket = state else { return false }
    state = .closed(reason)
    return true
  }

  /// A packet is to be sent.
  public func send() -> SendDecision {
    switch state {
    case .webSocket: .webSocket
    case .polling(let polling), .upgrading(let polling, _, _): polling.isWaiting ? .answerPoll : .buffer
    case .farewell, .closed: .drop
    }
  }

  /// The shell is about to answer the waiting poll. False when none waits any more.
  public mutating func answerPoll() -> Bool {
    guard isPolled else { return false }
    polling?.isWaiting = false
    return true
  }

  /// Whether a packet would leave at once. `hasData` says whether anything is buffered.
  public func isWritable(hasData: Bool) -> Bool {
    switch state {
    case .webSocket: true
    case .polling(let polling), .upgrading(let polling, _, _): polling.isWaiting && hasData == false
    case .farewell, .closed: false
    }
  }

  /// The server ends the session; what is buffered still goes out. `hasData` says whether anything is.
  public mutating func close(now: Int64, hasData: Bool) -> CloseDecision {
    switch state {
    case .webSocket:
      state = .closed(.server)
      return .closeWebSocket
    case .polling(let polling), .upgrading(let polling, _, _):
      if polling.isWaiting, hasData == false {
        state = .closed(.server)
        return .answerPoll
      }
      state = .farewell(until: now + timing.farewell)
      return polling.isWaiting ? .flushPoll : .awaitPoll
    case .farewell, .closed: return .nothing
    }
  }

  /// When ``tick(now:)`` should be called next; nil when never.
  public var deadline: Int64? {
    switch state {
    case .polling, .webSocket: heartbeat.deadline
    case .upgrading(_, _, let until): min(heartbeat.deadline, until)
    case .farewell(let until): until
    case .closed: nil
    }
  }

  /// Looks at the clock.
  public mutating func tick(now: Int64) -> TimerDecision {
    switch state {
    case .closed: return .nothing
    case .farewell(let until):
      guard now >= until else { return .nothing }
      state = .closed(.server)
      return .forget
    case .upgrading(let polling, _, let until) where now >= until:
      state = .polling(polling)
      return .upgradeTimeout
    case .upgrading, .polling, .webSocket:
      switch heartbeat.check(now: now, timing: timing) {
      case .nothing: return .nothing
      case .ping: return .ping
      case .timeout:
        state = .closed(.pingTimeout)
        return .pingTimeout
      }
    }
  }

  private mutating func close(_ reason: CloseReason) -> PacketDecision {
    state = .closed(reason)
    return .closed(reason)
  }
}
