internal import CHubPlugin
internal import HubModel
internal import HubStore
internal import OrderedJSON
internal import Synchronization

extension Adapter {
  /// Hands a row of the outbox to the channel; `answer` is called once, unless false is returned: then the channel never saw it.
  func send(_ delivery: OutboxDelivery, answer: @escaping @Sendable (DeliveryAnswer) -> Void) -> Bool {
    hand(
      kind: delivery.kind.rawValue, id: delivery.id, account: delivery.account, conversation: delivery.conversation, cause: delivery.cause,
      timeMs: delivery.acceptedMs, body: delivery.body, answer: answer)
  }

  /// Tells the channel that somebody of ours begins or ends typing; false when it never heard.
  func typing(_ isOn: Bool, in conversation: ConversationReach) -> Bool {
    let now = services.clock.milliseconds()
    let body: JSONValue = ["v": 1, "on": .bool(isOn), "lastInbound": conversation.lastInbound.map { .string($0) } ?? .null]
    return hand(
      kind: "typing", id: ULID(milliseconds: now).description, account: conversation.account, conversation: conversation.key, cause: "",
      timeMs: now, body: body.serialized()
    ) { _ in }
  }

  /// Tells the channel how many look at one of its conversations.
  func interest(_ count: Int, in place: ChannelPlace) {
    let now = services.clock.milliseconds()
    let body: JSONValue = ["v": 1, "count": .number(JSONNumber(Int64(count)))]
    _ = hand(
      kind: "interest", id: ULID(milliseconds: now).description, account: place.account, conversation: place.conversation, cause: "",
      timeMs: now, body: body.serialized()
    ) { _ in }
  }

  private func hand(
    kind: String, id: String, account: String, conversation: String, cause: String, timeMs: Int64, body: [UInt8],
    answer: @escaping @Sendable (DeliveryAnswer) -> Void
  ) -> Bool {
    let pending = PendingDelivery(tenant: spec.accounts[account] ?? "", sequence: 0, finish: answer)
    let token = expect(.delivery(pending), within: spec.deadlines.send)
    let isTaken = instance?.call("deliver") { [self] api, pointer in
      guard let deliver = api.deliver else { return complete(token, status: Status.unsupported, body: hub_str()) }
      var arena = ABIArena(capacity: 512)
      let ranges = [id, kind, account, conversation, cause].map { arena.add($0) }
      body.lent { content in
        arena.lend { lent in
          let raw = hub_event(
            id: lent(ranges[0]), kind: lent(ranges[1]), account: lent(ranges[2]), conversation: lent(ranges[3]), cause: lent(ranges[4]),
            time_ms: timeMs, sequence: 0, body: content)
          withUnsafePointer(to: raw) { deliver(pointer, $0, token) }
        }
      }
    }
    if isTaken == true { return true }
    // Given up already: then the answer was called, and it may have been sent as far as anybody knows.
    return operations.withLock { $0.giveUp(token) == nil }
  }
}
