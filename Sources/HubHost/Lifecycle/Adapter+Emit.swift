internal import CHubPlugin
internal import HubModel
internal import HubStore
internal import HubTelemetry
internal import Logging

extension Adapter {
  private static let maximumEvents = 65_536
  private static let maximumField = 4096
  private static let maximumBody = 32 << 20

  /// A channel hands over events. Its accounts decide the tenant; what cannot be stored is counted and does not hold back the rest.
  func emit(_ events: UnsafeBufferPointer<hub_event>, token: UInt64) -> hub_status {
    guard description.kind == .channel else { return Status.denied }
    guard events.count <= Self.maximumEvents else { return Status.invalid }
    guard owed.begin(token) else { return Status.closed }
    let begin = services.clock.monotonic()
    let received = services.clock.milliseconds()
    var tally = EmitTally()
    var journaled: [IncomingEvent] = []
    var passing: [IncomingEvent] = []
    for event in events {
      switch incoming(event, received: received) {
      case .success(let (incoming, kind)) where kind.isVolatile: passing.append(incoming)
      case .success(let (incoming, _)): journaled.append(incoming)
      case .failure(let problem):
        tally.count(problem)
        report(
          problem.rawValue, kind: event.kind.shortText, id: event.id.shortText, account: event.account.shortText,
          cause: event.cause.shortText)
      }
    }
    if !passing.isEmpty { services.publishVolatile(passing) }
    count(tally)
    guard !journaled.isEmpty else {
      answer(token, Status.ok, tally.json)
      return Status.ok
    }
    do {
      try services.append(journaled) { [self, journaled, tally] result in
        settle(result, of: journaled, tally: tally, token: token, begin: begin)
      }
      return Status.ok
    } catch {
      services.metrics.events.with(spec.id, error.code == .overloaded ? "overloaded" : "failed").increment(by: UInt64(journaled.count))
      // What the end of the instance completed meanwhile must not be refused as well.
      guard token == 0 || owed.end(token) else { return Status.ok }
      return error.code == .overloaded ? Status.busy : Status.failed
    }
  }

  private func settle(
    _ result: Result<[AppendOutcome], JournalError>, of events: [IncomingEvent], tally: EmitTally, token: UInt64, begin: Duration
  ) {
    switch result {
    case .failure(let error):
      services.metrics.events.with(spec.id, error.code == .overloaded ? "overloaded" : "failed").increment(by: UInt64(events.count))
      answer(
        token, error.code == .overloaded ? Status.busy : Status.failed, Array(error.description.utf8), after: services.afterBatch)
    case .success(let outcomes):
      var stored = EmitTally()
      for (event, outcome) in zip(events, outcomes) {
        switch outcome {
        case .stored: stored.stored += 1
        case .duplicate: stored.duplicate += 1
        case .invalid(let reason):
          stored.invalid += 1
          report(reason, kind: event.kind, id: event.id, account: event.account, cause: event.cause)
        }
      }
      count(stored)
      let took = services.clock.monotonic() - begin
      meters?.seconds.observe(Double(took.components.seconds) + Double(took.components.attoseconds) * 1e-18)
      answer(token, Status.ok, (tally + stored).json, after: services.afterBatch)
    }
  }

  /// Names an event that is not stored, so that it can be looked for at its provider.
  private func report(_ reason: String, kind: String, id: String, account: String, cause: String) {
    services.thinned.log(
      logger, .warning, key: "\(spec.id) \(reason) \(account)", "event not stored", naming: "\(kind) \(id)",
      common: ["reason": "\(reason)", "account": "\(account)"], own: ["kind": "\(kind)", "id": "\(id)", "cause": "\(cause)"])
  }

  private func incoming(_ raw: hub_event, received: Int64) -> Result<(IncomingEvent, EventKind), EmitProblem> {
    guard raw.isSane(field: Self.maximumField, body: Self.maximumBody), let kind = EventKind(rawValue: raw.kind.text) else {
      return .failure(.invalid)
    }
    let account = raw.account.text
    guard let tenant = spec.accounts[account] else { return .failure(.unknownAccount) }
    guard kind.isVolatile || raw.id.len > 0 else { return .failure(.invalid) }
    return .success(
      (
        IncomingEvent(
          tenant: tenant, channel: spec.id, provider: spec.provider.isEmpty ? description.provider : spec.provider, account: account,
          kind: kind.rawValue,
          // A volatile event is not deduplicated, but needs an id all the same.
          id: raw.id.len > 0 ? raw.id.text : ULID(milliseconds: received).description, conversation: raw.conversation.text,
          cause: raw.cause.text, timeMs: raw.time_ms,
          receivedMs: received, body: raw.body.bytes), kind
      ))
  }

  private func count(_ tally: EmitTally) {
    if tally.stored > 0 { meters?.stored.increment(by: UInt64(tally.stored)) }
    for (outcome, count) in tally.exceptions where count > 0 {
      services.metrics.events.with(spec.id, outcome).increment(by: UInt64(count))
    }
  }
}

/// What an adapter counts at every emit, looked up once.
struct EmitMeters: Sendable {
  let stored: Counter
  let seconds: Histogram

  init(_ metrics: HubMetrics, channel: String) {
    stored = metrics.events.with(channel, "stored")
    seconds = metrics.ingestSeconds.with(channel)
  }
}

enum EmitProblem: String, Error {
  case invalid
  case unknownAccount = "unknown account"
}

/// What became of the events of one emit.
private struct EmitTally: Sendable {
  var stored = 0
  var duplicate = 0
  var unknownAccount = 0
  var invalid = 0

  mutating func count(_ problem: EmitProblem) {
    switch problem {
    case .invalid: invalid += 1
    case .unknownAccount: unknownAccount += 1
    }
  }

  /// What became of those that were not stored, in the words of the metric.
  var exceptions: [(String, Int)] {
    isPlain ? [] : [("duplicate", duplicate), ("unknown_account", unknownAccount), ("invalid", invalid)]
  }

  private var isPlain: Bool { duplicate | unknownAccount | invalid == 0 }

  /// The answer for one event that was stored, which nearly every emit is about.
  private static let one = EmitTally(stored: 1).text

  var json: [UInt8] { stored == 1 && isPlain ? Self.one : text }

  private var text: [UInt8] {
    Array("{\"stored\":\(stored),\"duplicate\":\(duplicate),\"unknownAccount\":\(unknownAccount),\"invalid\":\(invalid)}".utf8)
  }

  static func + (lhs: Self, rhs: Self) -> Self {
    EmitTally(
      stored: lhs.stored + rhs.stored, duplicate: lhs.duplicate + rhs.duplicate, unknownAccount: lhs.unknownAccount + rhs.unknownAccount,
      invalid: lhs.invalid + rhs.invalid)
  }
}

extension hub_event {
  /// Whether every length is one a sane plugin gives; only then is anything of it read.
  fileprivate func isSane(field: Int, body limit: Int) -> Bool {
    [id, kind, account, conversation, cause].allSatisfy { $0.len <= field && ($0.ptr != nil || $0.len == 0) } && body.len <= limit
      && (body.ptr != nil || body.len == 0)
  }
}

extension hub_str {
  /// At most 128 bytes of the text, for a log line.
  fileprivate var shortText: String { hub_str(ptr: ptr, len: min(len, 128)).text }
}
