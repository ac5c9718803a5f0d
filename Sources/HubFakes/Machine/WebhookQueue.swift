import OrderedJSON

/// Webhooks on their way, and when they are tried again.
struct WebhookQueue: Sendable {
  /// When a provider gives up, and how long it waits until then.
  struct Rule: Sendable {
    /// Milliseconds before the second attempt, the third, and so on; after the last one the webhook is dropped.
    var waits: [Int64]
    /// Up to this part of a wait is added or taken away.
    var jitter = 0.0
    var isTaken: @Sendable (_ status: Int) -> Bool
    /// Answers after which it isn't tried again.
    var isFinal: @Sendable (_ status: Int) -> Bool = { _ in false }
  }

  private struct Webhook: Sendable {
    var call: OutgoingCall
    var attempts: [JSONValue] = []
    var state = "waiting"
  }

  private let rule: Rule
  private var webhooks: [Int: Webhook] = [:]
  /// Those that are over, oldest first: a program that runs for days keeps the newest.
  private var finished: [Int] = []
  private var agenda = Agenda<Int>()

  init(_ rule: Rule) { self.rule = rule }

  var next: Moment? { agenda.next }

  /// The first attempt.
  mutating func add(_ call: OutgoingCall) -> FakeEffect {
    webhooks[call.id] = Webhook(call: call)
    return .call(call)
  }

  /// One that was still to be delivered when the process ended.
  mutating func resume(_ call: OutgoingCall, now: Moment) {
    webhooks[call.id] = Webhook(call: call)
    agenda.add(call.id, at: now)
  }

  /// Whether it is neither taken nor dropped.
  func isWaiting(_ id: Int) -> Bool { webhooks[id]?.state == "waiting" }

  /// Nil when the call is none of these.
  mutating func called(_ id: Int, _ outcome: CallOutcome, now: Moment, random: inout FakeRandom) -> [FakeEffect]? {
    guard var webhook = webhooks[id] else { return nil }
    defer {
      webhooks[id] = webhook
      if webhook.state != "waiting" { finish(id) }
    }
    let said: JSONValue
    switch outcome {
    case .answered(let status, _): said = .number(JSONNumber(Int64(status)))
    case .failed(let reason): said = .string(reason)
    }
    webhook.attempts.append(["at": .number(JSONNumber(now)), "outcome": said])
    if let status = outcome.status, rule.isTaken(status) {
      webhook.state = "taken"
      webhook.call.body = webhook.call.body.count > 4096 ? [] : webhook.call.body
      return []
    }
    let attempt = webhook.attempts.count
    let isFinal = outcome.status.map(rule.isFinal) ?? false
    guard !isFinal, attempt <= rule.waits.count else {
      webhook.state = "dropped"
      return [.say("webhook \(id) dropped after \(attempt) attempts, last: \(said)")]
    }
    let wait = Double(rule.waits[attempt - 1]) * (1 + rule.jitter * Double.random(in: -1...1, using: &random))
    agenda.add(id, at: now + Int64(wait))
    return [.say("webhook \(id) not taken: \(said); again in \(Int64(wait)) ms")]
  }

  private mutating func finish(_ id: Int) {
    finished.append(id)
    guard finished.count > 10_000 else { return }
    for old in finished.prefix(1000) { webhooks[old] = nil }
    finished.removeFirst(1000)
  }

  mutating func elapse(to now: Moment) -> [FakeEffect] {
    var effects: [FakeEffect] = []
    while let (_, id) = agenda.take(until: now) {
      if let webhook = webhooks[id] { effects.append(.call(webhook.call)) }
    }
    return effects
  }

  /// Webhooks with their attempts, oldest first; those in one state, or all.
  func log(_ state: String?) -> [JSONValue] {
    webhooks.filter { state == nil || $0.value.state == state }.sorted { $0.key < $1.key }.map { id, webhook in
      [
        "id": .number(JSONNumber(Int64(id))), "url": .string(webhook.call.url), "state": .string(webhook.state),
        "attempts": .array(webhook.attempts), "body": (try? JSONValue(parsing: webhook.call.body)) ?? .null,
      ]
    }
  }
}
