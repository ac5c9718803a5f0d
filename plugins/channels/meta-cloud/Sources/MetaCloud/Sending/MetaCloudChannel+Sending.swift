public import HubPluginSDK
import OrderedJSON
import Synchronization

extension MetaCloudChannel {
  /// Sends a message, after the file it shows.
  public func send(_ send: HubSend) async throws -> HubOutcome {
    let message = try OutboundMessage(send)
    var uploaded: String?
    if let upload = message.upload {
      switch await self.uploaded(upload, for: send) {
      case .accepted(let id, _): uploaded = id
      case let other: return other
      }
    }
    let verdict = await attempt(.message, message.request(uploaded: uploaded), of: Attempt(send))
    if let upload = message.upload, case .rejected = verdict.outcome { await forget(upload, of: send.account) }
    if let held = verdict.held {
      services.log(.warning, "Meta holds a template message back", ["status": .string(held), "reference": .string(send.reference)])
    }
    // The indicator ends with the message.
    typingRepeats.withLock { $0.forget(send.conversation) }
    return verdict.outcome
  }

  /// Marks the newest of the messages, and with it all before it.
  public func markRead(_ read: HubRead) async throws -> HubOutcome {
    guard let receipt = OutboundReceipt(read) else { return .accepted(providerMessageID: nil) }
    return await attempt(.receipt, receipt.request, of: Attempt(read)).outcome
  }

  /// Shows that somebody types. The end of it can't be told to Meta, and without a message that came in nothing can.
  public func typing(_ typing: HubTyping) {
    guard typing.isOn else { return }
    guard let receipt = OutboundReceipt(typing), let message = typing.lastInbound else { return count(typing: .noMessage) }
    let nowMs = HubClock.wall()
    guard typingRepeats.withLock({ $0.shows(message, in: typing.conversation, nowMs: nowMs) }) else { return count(typing: .shown) }
    Task {
      let verdict = await attempt(.receipt, receipt.request, of: Attempt(account: typing.account))
      if case .accepted = verdict.outcome { return count(typing: .sent) }
      // Nothing is shown: the next one that types is to be told of.
      typingRepeats.withLock { $0.forget(typing.conversation) }
      count(typing: .failed)
    }
  }

  /// What a request is made for.
  struct Attempt {
    let account: String
    var cause = ""
    /// The hub's of the message; nil: it is none.
    var reference: String?

    init(account: String) { self.account = account }

    init(_ send: HubSend) { (account, cause, reference) = (send.account, send.cause, send.reference) }

    init(_ read: HubRead) { (account, cause) = (read.account, read.cause) }
  }

  /// Makes one request with the token as it is now, and learns from the answer.
  func attempt(_ stage: GraphStage, _ request: GraphRequest, of attempt: Attempt, timeout: Duration = GraphStage.timeout) async -> Verdict {
    let digest = await graph.tokenDigest()
    let lets = standings.withLock { $0.lets(digest: digest, nowMs: HubClock.wall()) }
    let verdict: Verdict
    if let digest, lets {
      let answer = await graph.send(request, timeout: timeout, cause: attempt.cause)
      learn(answer)
      let before = attempt.reference.map { reference in failures.withLock { $0.counts(of: reference) } } ?? [:]
      verdict = AnswerReader(stage: stage, failures: before, nowMs: HubClock.wall()).read(answer)
      if let reference = attempt.reference { failures.withLock { $0.note(verdict, stage, of: reference) } }
      learn(verdict, account: attempt.account, digest: digest)
    } else if digest == nil, graph.isTokenOptional {
      verdict = Verdict(outcome: .rejected(code: "unsupported", text: "config.access_token is missing: this channel only receives"))
    } else if digest == nil {
      verdict = Verdict(outcome: .down(code: "no_token", text: "there is no access token to read"), standing: .tokenRefused)
      learn(verdict, account: attempt.account, digest: nil)
    } else {
      verdict = Verdict(outcome: .down(code: "190", text: "the access token was refused a moment ago"))
    }
    counters.withLock { $0 }?.count(verdict, stage)
    return verdict
  }
}
