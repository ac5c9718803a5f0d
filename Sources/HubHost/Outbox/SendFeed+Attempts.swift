internal import Dispatch
internal import HubRouter
internal import HubStore
internal import HubTelemetry
internal import Logging
internal import Synchronization

/// One attempt, from the mark on disk over the channel's answer to the outcome on disk. Everything here runs on the feed's queue.
extension SendFeed {
  func begin(_ start: SendLanes.Start) {
    guard let ticket = state.withLock({ $0.tickets[start.number] }) else { return complete(start, .settled) }
    guard isThere(ticket.channel) else { return complete(start, .postponed(for: .zero)) }
    journal.beginAttempt(start.number, start.attempt) { [weak self] result in self?.enqueue { $0.begun(start, ticket, result) } }
  }

  /// Whether the channel runs; else nothing of it begins until it does.
  private func isThere(_ channel: String) -> Bool {
    if channels.isRunning(channel) { return true }
    state.withLock { $0.lanes.suspend(channel) }
    // It may have come up before it was suspended: then nobody says so again.
    guard channels.isRunning(channel) else { return false }
    hear(.running(channel))
    return true
  }

  private func begun(_ start: SendLanes.Start, _ ticket: OutboxTicket, _ result: Result<AttemptStart, JournalError>) {
    switch result {
    case .failure(let error) where error.code == .storage:
      bury(start, .rejected, "unreadable", "it cannot be read: \(error.message)")
    // The journal takes nothing for now.
    case .failure: complete(start, .postponed(for: Self.pause))
    case .success(.settled): complete(start, .settled)
    case .success(.begun(let delivery)):
      outlet(of: ticket.channel).async { [self] in
        let isTaken = channels.send(ticket.channel, delivery) { [weak self] answer in
          self?.enqueue { $0.ended(start, ticket, ChannelOutcome(answer, redact: $0.channels.redact)) }
        }
        if !isTaken { enqueue { $0.notTaken(start, ticket) } }
      }
    }
  }

  private func outlet(of channel: String) -> DispatchQueue {
    outlets.withLock { outlets in
      if let known = outlets[channel] { return known }
      let made = DispatchQueue(label: "outbox.\(channel)")
      outlets[channel] = made
      return made
    }
  }

  /// The channel ended between the mark and the call.
  private func notTaken(_ start: SendLanes.Start, _ ticket: OutboxTicket) {
    metrics.outboxAttempts.with(ticket.channel, "not_taken").increment()
    settle(
      start, .retry(atMs: clock.milliseconds() + Self.pause.milliseconds, code: "not_running", text: "the channel does not run"),
      then: .postponed(for: Self.pause))
  }

  /// The channel answered, or nobody will any more.
  private func ended(_ start: SendLanes.Start, _ ticket: OutboxTicket, _ outcome: ChannelOutcome) {
    metrics.outboxAttempts.with(ticket.channel, outcome.word).increment()
    report(outcome, ticket)
    let random = Double.random(in: 0...1)
    switch outcome {
    case .accepted(let id, let phone): settle(start, .accepted(providerID: id, phone: phone), then: .settled)
    case .rejected(let code, let text): settle(start, .rejected(code: code, text: text), then: .settled)
    case .unknown(let code, let text): settle(start, .unknown(code: code, text: text), then: .settled)
    case .retry(let after, let wholeAccount, let code, let text):
      let wait = state.withLock { $0.lanes.wait(of: start, provider: after, random: random) }
      settle(start, retry(after: wait, code, text), then: .again(after: wait, wholeAccount: wholeAccount))
    case .down(let code, let text):
      let wait = state.withLock { $0.lanes.downtime(of: start, random: random) }
      settle(start, retry(after: wait, code, text), then: .down(for: wait))
    }
  }

  private func retry(after wait: Duration, _ code: String, _ text: String) -> SendOutcome {
    .retry(atMs: clock.milliseconds() + wait.milliseconds, code: code, text: text)
  }

  /// The lane goes on only once the outcome is on disk: else a crash could bring a message back that was sent.
  private func settle(_ start: SendLanes.Start, _ outcome: SendOutcome, then next: SendLanes.Outcome) {
    journal.settleAttempt(start.number, start.attempt, outcome) { [weak self] result in
      self?.enqueue { feed in
        guard case .failure(let error) = result, error.code != .closed else { return feed.complete(start, next) }
        if error.code == .storage {
          let (death, words) = outcome.unstored
          return feed.bury(start, death, "unsettled", "\(words), which cannot be stored: \(error.message)")
        }
        feed.queue.asyncAfter(deadline: .now() + .seconds(1)) { [weak feed] in feed?.settle(start, outcome, then: next) }
      }
    }
  }

  /// One message that the journal cannot begin or settle, and never will: it becomes a dead letter for an operator to see, and what is
  /// behind it and beside it goes on.
  private func bury(_ start: SendLanes.Start, _ death: OutboxDeath, _ code: String, _ text: String) {
    let ticket = state.withLock { $0.tickets[start.number] }
    metrics.outboxAttempts.with(ticket?.channel ?? "", code).increment()
    logger.error(
      "a message of the outbox is given up",
      metadata: ["channel": "\(ticket?.channel ?? "")", "message_id": "\(ticket?.id ?? "")", "code": "\(code)", "text": "\(text)"])
    inter(start, death, code, text)
  }

  private func inter(_ start: SendLanes.Start, _ death: OutboxDeath, _ code: String, _ text: String) {
    journal.buryAttempt(start.number, death, code: code, text: text) { [weak self] result in
      self?.enqueue { feed in
        if case .failure(let error) = result, error.code == .unavailable {
          return feed.queue.asyncAfter(deadline: .now() + .seconds(1)) { [weak feed] in feed?.inter(start, death, code, text) }
        }
        feed.complete(start, .settled)
      }
    }
  }

  /// Of a text that stands beside others in one line.
  private static let maxReason = 120

  private func report(_ outcome: ChannelOutcome, _ ticket: OutboxTicket) {
    let (message, code, text): (Logger.Message, String, String)
    switch outcome {
    case .accepted, .retry: return
    case .rejected(let why, let words): (message, code, text) = ("message rejected", why, words)
    case .unknown(let why, let words): (message, code, text) = ("nobody knows whether a message was sent", why, words)
    case .down(let why, let words): (message, code, text) = ("account cannot send", why, words)
    }
    thinned.log(
      logger, .warning, key: "\(ticket.channel) \(ticket.account) \(outcome.word) \(code)", message,
      naming: text.isEmpty ? ticket.id : "\(ticket.id): \(text.prefix(Self.maxReason))",
      common: ["channel": "\(ticket.channel)", "account": "\(ticket.account)", "code": "\(code)"],
      own: ["message_id": "\(ticket.id)", "text": "\(text)"])
  }
}

extension SendOutcome {
  /// What becomes of a message when its outcome cannot be stored.
  fileprivate var unstored: (OutboxDeath, String) {
    switch self {
    case .accepted(let id, _): (.unknown, "the provider took it" + (id.map { " as \($0)" } ?? ""))
    case .retry: (.rejected, "it was not sent")
    case .rejected: (.rejected, "the provider refused it")
    case .unknown: (.unknown, "nobody knows whether it was sent")
    }
  }
}
