extension EngineSession {
  /// What to do with a poll (GET).
  public enum PollDecision: Sendable, Hashable {
    /// Keep it until there is something to send.
    case hold
    /// Answer it with what is buffered.
    case answer
    /// Answer it with a noop, because the client is to move to the WebSocket.
    case noop
    /// Answer it with a noop and a close packet; the session is over.
    case farewell
    /// Answer the waiting poll with a close packet and refuse this one; the session is over.
    case overlap
    /// Refuse it; the session is unharmed.
    case refuse(RequestError)
  }

  /// What to do with a post.
  public enum PostDecision: Sendable, Hashable {
    /// Take it, and report its end.
    case accept
    /// Refuse it and answer the waiting poll, if any, with a close packet; the session is over.
    case overlap
    /// Refuse it; the session is unharmed.
    case refuse(RequestError)
  }

  /// A poll came. `hasData` says whether anything is buffered.
  public mutating func poll(hasData: Bool) -> PollDecision {
    switch state {
    case .webSocket: return .refuse(.badRequest)
    case .closed: return .refuse(.sessionUnknown)
    case .farewell:
      if hasData { return .answer }
      state = .closed(.server)
      return .farewell
    case .polling(var polling):
      if polling.isWaiting { return overlapped() }
      if hasData { return .answer }
      polling.isWaiting = true
      state = .polling(polling)
      return .hold
    case .upgrading(let polling, let probed, _):
      if polling.isWaiting { return overlapped() }
      if hasData { return .answer }
      // Every poll is freed until the client has moved: one that was under way when the probe was answered would hang.
      if probed { return .noop }
      self.polling?.isWaiting = true
      return .hold
    }
  }

  /// The client gave up the waiting poll. True when that ended the session.
  public mutating func pollAborted() -> Bool {
    guard isPolled else { return false }
    state = .closed(.transportError)
    return true
  }

  /// A post began.
  public mutating func post() -> PostDecision {
    switch state {
    case .webSocket: return .refuse(.badRequest)
    case .closed: return .refuse(.sessionUnknown)
    case .farewell: return .accept
    case .polling(let polling), .upgrading(let polling, _, _):
      if polling.isPosting {
        state = .closed(.overlap)
        return .overlap
      }
      self.polling?.isPosting = true
      return .accept
    }
  }

  /// A post is complete, or was refused for its size, which leaves the session usable.
  public mutating func postEnded() { polling?.isPosting = false }

  /// A post was cut off. True when that ended the session.
  public mutating func postAborted() -> Bool {
    guard let polling, polling.isPosting else { return false }
    state = .closed(.transportError)
    return true
  }

  private mutating func overlapped() -> PollDecision {
    state = .closed(.overlap)
    return .overlap
  }
}
