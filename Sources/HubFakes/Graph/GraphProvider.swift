package import OrderedJSON

/// Meta's Graph API as far as WhatsApp goes: numbers that send, customers who answer, media, and webhooks that come again for days.
package struct GraphProvider: FakeProvider {
  /// A message that was sent through the API.
  struct Sent: Sendable {
    let id: String
    let number: GraphOptions.Number
    let message: SendCheck.Send
    /// The customer as WhatsApp knows them.
    let customer: String
    var states: [String] = []
  }

  /// What is to be told about a message.
  struct Notice: Sendable {
    let id: String
    let state: String
    var error: GraphError?
  }

  package let name = "graph"
  let options: GraphOptions
  var address = ""
  var random: FakeRandom
  var lastCall = 0
  var webhooks = WebhookQueue(Self.rule)
  var notices = Agenda<Notice>()
  var limits: GraphLimits
  var media = GraphMedia()
  var sent: [String: Sent] = [:]
  /// What was asked for, oldest first.
  var record: [JSONObject] = []
  /// Where in `record` a message is.
  var places: [String: Int] = [:]
  /// Messages of customers: their id, and who wrote it.
  var received: [String: String] = [:]
  /// Until when each customer may be written anything, by number and customer.
  var windows: [String: Moment] = [:]
  var customers: [String: Customer] = [:]
  /// Files that are fetched, by call, and handshakes.
  var fetches: [Int: String] = [:]
  var handshake: (call: Int, challenge: String)?
  var verification: JSONValue = .null
  package var facts: [JSONObject] = []

  /// A fake that nothing has happened to.
  package init(_ options: GraphOptions) {
    self.options = options
    random = FakeRandom(seed: options.seed)
    limits = GraphLimits(throughput: options.throughput, pairBurst: options.pairBurst)
  }

  /// At once, then less and less often, for seven days. Nothing but 200 counts as taken.
  static let rule: WebhookQueue.Rule = {
    let (minute, hour, day): (Int64, Int64, Int64) = (60_000, 3_600_000, 86_400_000)
    let waits = [0, 15_000, minute, 5 * minute, 15 * minute, hour, 3 * hour, 6 * hour, 12 * hour] + [Int64](repeating: day, count: 6)
    return WebhookQueue.Rule(waits: waits, isTaken: { $0 == 200 })
  }()

  package var nextMoment: Moment? { [webhooks.next, notices.next].compactMap { $0 }.min() }

  package mutating func started(at address: String, now: Moment) -> [FakeEffect] {
    self.address = address
    return verify()
  }

  package mutating func elapse(to now: Moment) -> [FakeEffect] {
    var effects = webhooks.elapse(to: now)
    while let (moment, notice) = notices.take(until: now) { effects += tell(notice, at: moment) }
    return effects
  }

  package mutating func called(_ id: Int, _ outcome: CallOutcome, now: Moment) -> [FakeEffect] {
    if let effects = webhooks.called(id, outcome, now: now, random: &random) {
      if webhooks.isWaiting(id) == false { keepEnd(ofWebhook: id) }
      return effects
    }
    if let handshake, handshake.call == id { return verified(outcome, challenge: handshake.challenge) }
    if let message = fetches.removeValue(forKey: id), outcome.status.map({ $0 != 200 }) ?? true {
      // The send was taken; that its file can't be had is told later.
      notices.add(Notice(id: message, state: "failed", error: GraphError(131_053, "Unable to download the media: \(outcome)")), at: now)
    }
    return []
  }

  package mutating func reset() {
    let (address, random) = (address, random)
    self = GraphProvider(options)
    (self.address, self.random) = (address, random)
  }

  package func error(status: Int, code: Int?, text: String?) -> FakeAnswer {
    let usual = status == 429 ? 130_429 : status == 401 ? 190 : 131_000
    return GraphError(code ?? usual, text, status: status).answer(trace: "FakeTrace")
  }

  mutating func nextCall() -> Int {
    lastCall += 1
    return lastCall
  }
}
