import HubModel
import HubPluginSDK
import OrderedJSON
import Synchronization

/// What others learn of the channel's ability to send: health, log, and one `channel.state` event for each change.
extension MetaCloudChannel {
  /// How often a refused token is looked at.
  private static let watchMs: UInt64 = 5000

  func learn(_ verdict: Verdict, account: String, digest: [UInt8]?) {
    tell { $0.learn(verdict, account: account, digest: digest, nowMs: HubClock.wall()) }
  }

  private func tell(_ change: (inout Standings) -> [Standings.Change]) {
    let changes = standings.withLock { change(&$0) }
    guard changes.isEmpty == false else { return }
    for change in changes { tell(change) }
    tellHealth()
  }

  /// Whether the Graph API is there, from what a request came to. What is to be sent waits while it isn't, and what comes in comes.
  func learn(_ answer: GraphAnswer) {
    guard let change = reach.withLock({ $0.learn(answer) }) else { return }
    switch change {
    case .lost(let reason):
      if notices.withLock({ $0.reports(.unreachable, nowMs: HubClock.wall()) }) {
        services.log(.warning, "the Graph API cannot be reached", ["server": .string(graph.host), "reason": .string(reason)])
      }
    case .back(let failures):
      services.log(
        .info, "the Graph API is reached again", ["server": .string(graph.host), "failures": .number(JSONNumber(Int64(failures)))])
    }
    tellHealth()
  }

  private func tellHealth() {
    if let trouble = standings.withLock({ $0.trouble }) {
      services.health(trouble.isDown ? .down : .degraded, trouble.detail)
    } else if let reason = reach.withLock({ $0.reason }) {
      services.health(.degraded, "unreachable: \(graph.host): \(reason)")
    } else {
      services.health(.ok)
    }
  }

  private func tell(_ change: Standings.Change) {
    switch change {
    case .tokenRefused(let detail):
      services.log(.error, "the access token is refused: nothing is sent until it is replaced", ["reason": .string(detail)])
      emit(state: "close", reason: "token_refused", detail: detail, accounts: configuration.accounts)
      watch()
    case .tokenBack:
      services.log(.info, "the access token was replaced or is taken again")
      emit(state: "open", accounts: configuration.accounts)
    case .stopped(let account, let detail):
      services.log(.error, "a number cannot send until somebody acts", ["account": .string(account), "reason": .string(detail)])
      emit(state: "close", reason: "stopped", detail: detail, accounts: [account])
    case .paused(let account, let detail):
      services.log(.error, "a number is limited as spam and waits", ["account": .string(account), "reason": .string(detail)])
    case .back(let account):
      services.log(.info, "a number sends again", ["account": .string(account)])
      emit(state: "open", accounts: [account])
    }
  }

  /// Looks at the token until it is another one or is taken again: a replaced secret needs no restart.
  private func watch() {
    // It is refused at the end of the adapter only.
    try? services.later(milliseconds: Self.watchMs) { [weak self] in
      guard let self, self.standings.withLock({ $0.isTokenRefused }) else { return }
      Task {
        let digest = await self.graph.tokenDigest()
        self.tell { $0.look(digest: digest) }
        if self.standings.withLock({ $0.isTokenRefused }) { self.watch() }
      }
    }
  }

  private func emit(state: String, reason: String? = nil, detail: String? = nil, accounts: [String]) {
    let nowMs = HubClock.wall()
    let events = accounts.map { account in
      var body = BodyWriter()
      body.object("state") { body in
        body.text("state", state)
        body.text("event", "sending")
        body.textIfAny("reason", reason)
        body.textIfAny("message", detail)
      }
      return HubEvent(
        id: "sending:\(state):\(nowMs)", kind: EventKind.channelState.rawValue, account: account, conversation: "", cause: "",
        timeMilliseconds: nowMs, body: body.finish())
    }
    services.emit(events) { [services] result in
      guard case .failure(let error) = result else { return }
      services.log(.warning, "the channel's state is not in the journal", ["reason": .string(error.description)])
    }
  }
}
