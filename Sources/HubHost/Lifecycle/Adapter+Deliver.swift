internal import CHubPlugin
internal import HubStore
internal import Synchronization

extension Adapter {
  /// Hands an event to the plugin; `answer` is called once: with the plugin's answer, at the deadline, or at once when there is
  /// no instance.
  func deliver(_ event: StoredEvent, answer: @escaping @Sendable (DeliveryAnswer) -> Void) {
    let delivery = PendingDelivery(tenant: event.tenant, sequence: event.sequence, finish: answer)
    let token = expect(.delivery(delivery), within: spec.deadlines.delivery)
    let isTaken = instance?.call("deliver") { api, pointer in
      guard let deliver = api.deliver else { return }
      event.lent { raw in withUnsafePointer(to: raw) { deliver(pointer, $0, token) } }
    }
    if isTaken != true, operations.withLock({ $0.giveUp(token) != nil }) { answer(.closed) }
  }
}

extension StoredEvent {
  /// Lends the event in the ABI's shape for the time of a call.
  func lent<Result>(_ body: (hub_event) -> Result) -> Result {
    var arena = ABIArena(capacity: 256)
    let ranges = [id, kind, account, conversation, cause].map { arena.add($0) }
    return self.body.lent { content in
      arena.lend { lent in
        body(
          hub_event(
            id: lent(ranges[0]), kind: lent(ranges[1]), account: lent(ranges[2]), conversation: lent(ranges[3]), cause: lent(ranges[4]),
            time_ms: timeMs, sequence: sequence, body: content))
      }
    }
  }
}
