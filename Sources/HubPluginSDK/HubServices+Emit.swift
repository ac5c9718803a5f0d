import CHubPlugin
import OrderedJSON

/// What became of emitted events, counted. Everything counted here may be acknowledged to the provider.
public struct HubEmitResult: Sendable, Hashable {
  /// New in the journal, synced to disk.
  public var stored: Int
  /// Already there.
  public var duplicate: Int
  /// Of an account that hub.yaml does not list; not stored.
  public var unknownAccount: Int
  /// Refused as malformed; not stored.
  public var invalid: Int

  /// The answer about one event that was stored, which is what nearly every emit is about.
  private static let one = Array(#"{"stored":1,"duplicate":0,"unknownAccount":0,"invalid":0}"#.utf8)

  init(json: UnsafeRawBufferPointer) {
    if json.count == Self.one.count, Self.one.withUnsafeBytes({ $0.elementsEqual(json) }) {
      (stored, duplicate, unknownAccount, invalid) = (1, 0, 0, 0)
      return
    }
    let value = (try? JSONValue(parsing: json)) ?? .null
    func count(_ key: String) -> Int { Int(value[key]?.int64 ?? 0) }
    (stored, duplicate, unknownAccount, invalid) = (count("stored"), count("duplicate"), count("unknownAccount"), count("invalid"))
  }
}

extension HubServices {
  /// Hands events to the journal. `completion` is called once, from any thread: with a result when all is synced to disk, with an error when
  /// nothing may be acknowledged (`busy`: the ingest queue is full; `failed`: the journal cannot write).
  public func emit(_ events: [HubEvent], completion: @escaping @Sendable (Result<HubEmitResult, HubError>) -> Void) {
    let token = pending.add { status, body in
      completion(status == hub_status.ok ? .success(HubEmitResult(json: body.bytes)) : .failure(HubError(status: status, body.string)))
    }
    let status = call(emit: events, token: token)
    if status != hub_status.ok, pending.take(token) != nil {
      completion(.failure(HubError(status: status, "the hub did not take the events")))
    }
  }

  /// Hands events to the journal and waits until they are synced to disk.
  @discardableResult
  public func emit(_ events: [HubEvent]) async throws -> HubEmitResult {
    try await withCheckedThrowingContinuation { continuation in
      emit(events) { continuation.resume(with: $0.mapError { $0 as any Error }) }
    }
  }

  private func call(emit events: [HubEvent], token: hub_token) -> hub_status {
    // Nearly every emit is of one event, which is lent as it lies.
    if events.count == 1 { return events[0].lent { raw in withUnsafePointer(to: raw) { api.pointee.emit(host, $0, 1, token) } } }
    var arena = TextArena(capacity: events.reduce(0) { $0 + $1.body.count + 256 })
    let slices = events.map { event in
      (
        id: arena.add(event.id), kind: arena.add(event.kind), account: arena.add(event.account),
        conversation: arena.add(event.conversation), cause: arena.add(event.cause), body: arena.add(event.body)
      )
    }
    return arena.withPointers { pointer in
      let raw = zip(events, slices).map { event, slice in
        hub_event(
          id: pointer(slice.id), kind: pointer(slice.kind), account: pointer(slice.account), conversation: pointer(slice.conversation),
          cause: pointer(slice.cause), time_ms: event.timeMilliseconds, sequence: event.sequence, body: pointer(slice.body))
      }
      return raw.withUnsafeBufferPointer { api.pointee.emit(host, $0.baseAddress, $0.count, token) }
    }
  }
}

extension HubEvent {
  fileprivate func lent<Result>(_ body: (hub_event) -> Result) -> Result {
    id.withHubStr { id in
      kind.withHubStr { kind in
        account.withHubStr { account in
          conversation.withHubStr { conversation in
            cause.withHubStr { cause in
              self.body.withHubStr { content in
                body(
                  hub_event(
                    id: id, kind: kind, account: account, conversation: conversation, cause: cause, time_ms: timeMilliseconds,
                    sequence: sequence, body: content))
              }
            }
          }
        }
      }
    }
  }
}
