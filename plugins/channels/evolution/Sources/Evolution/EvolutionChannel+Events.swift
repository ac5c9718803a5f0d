import HubModel
import HubPluginSDK
import OrderedJSON
import Synchronization

/// From an envelope to the journal, whichever way it came.
extension EvolutionChannel {
  /// How many events the journal is given at once.
  private static let batch = 1024

  /// Hands over what is news; `completion` is called once, when all of it is synced to disk, with how many events were not there yet, or
  /// when nothing may be acknowledged.
  func store(_ parsed: ParsedEnvelope, cause: String, completion: @escaping @Sendable (Result<Int, HubError>) -> Void) {
    let once = passing.withLock { parsed.withoutRepeatedPassing(&$0) }
    let news = states.withLock { once.withoutRepeatedStates(&$0) }
    emit(news.events[...], cause: cause) { [self] result in
      // What is answered 503 comes again, and is counted then.
      if case .success = result { tell(news, cause: cause) }
      completion(result)
    }
  }

  /// A batch at a time, so that a history of thousands neither fills the ingest queue nor is refused for its size for ever. What an earlier
  /// batch stored is known when the server comes again.
  private func emit(
    _ events: ArraySlice<ChannelEvent>, cause: String, stored: Int = 0, completion: @escaping @Sendable (Result<Int, HubError>) -> Void
  ) {
    guard events.isEmpty == false else { return completion(.success(stored)) }
    let batch = events.prefix(Self.batch)
    services.emit(batch.map { HubEvent($0, cause: cause) }) { [self] result in
      switch result {
      case .success(let outcome):
        states.withLock { states in batch.forEach { states.settle($0, isStored: true) } }
        batch.filter { $0.kind == .typing }.forEach(watch)
        emit(events.dropFirst(Self.batch), cause: cause, stored: stored + outcome.stored, completion: completion)
      case .failure(let error):
        states.withLock { states in events.forEach { states.settle($0, isStored: false) } }
        completion(.failure(error))
      }
    }
  }

  /// Ends typing that nobody ends.
  private func watch(_ event: ChannelEvent) {
    let person = event.body["contact"].map { $0["phone"] ?? $0["lid"] ?? .null }?.string ?? ""
    let place = TypingLapses.Place(instance: event.account, conversation: event.conversation, person: person)
    let isTyping = event.body["typing"]?["isTyping"] == true
    guard let generation = typists.withLock({ $0.notice(place, isTyping: isTyping) }) else { return }
    do throws(HubError) {
      try services.later(milliseconds: TypingLapses.milliseconds) { [weak self] in
        guard let self, typists.withLock({ $0.lapses(place, generation: generation) }) else { return }
        services.emit([HubEvent(event.stopped(atMs: HubClock.wall()), cause: "")]) { _ in }
      }
    } catch {
      _ = typists.withLock { $0.lapses(place, generation: generation) }
    }
  }

  /// Counts what came of an envelope and logs what a person should know. Nothing of the envelope's own texts is logged but names.
  func tell(_ parsed: ParsedEnvelope, cause: String) {
    counters.withLock { $0 }?.count(parsed)
    if let instance = parsed.strangeInstance, notices.withLock({ $0.reports(instance: instance) }) {
      services.log(
        .warning, "events of an instance that is not configured are dropped",
        ["instance": .string(String(instance.prefix(64))), "cause": .string(cause)])
    }
    if let error = parsed.serverError, notices.withLock({ $0.reports(.serverError, nowMs: HubClock.wall()) }) {
      services.log(
        .warning, "the server reports a failure of its own",
        ["error": .string(error.error), "detail": .string(error.message), "status": .string(error.status), "cause": .string(cause)])
    }
    for name in notices.withLock({ $0.news(in: parsed.unfamiliar) }) {
      services.log(.warning, "an event holds a name this version does not know", ["what": .string(name.what), "name": .string(name.name)])
    }
    for reason in [DropReason.malformedBody, .tooManyValues, .malformedElement, .tooManyStrays, .oversize, .notStored] {
      guard let count = parsed.drops[reason], notices.withLock({ $0.reports(.gap(reason), nowMs: HubClock.wall()) }) else { continue }
      services.log(
        .warning, "part of an envelope gave no event",
        ["reason": .string(reason.rawValue), "count": .number(JSONNumber(Int64(count))), "cause": .string(cause)])
    }
  }
}

extension ParsedEnvelope {
  fileprivate func withoutRepeatedPassing(_ recent: inout RecentPassing) -> ParsedEnvelope {
    guard events.contains(where: \.kind.isVolatile) else { return self }
    var parsed = self
    parsed.events = events.filter { $0.kind.isVolatile == false || recent.isNew($0, stamp: stamp) }
    if parsed.events.count < events.count { parsed.drop(.repeatedPassing, events.count - parsed.events.count) }
    return parsed
  }

  fileprivate func withoutRepeatedStates(_ states: inout ConnectionStates) -> ParsedEnvelope {
    var parsed = self
    parsed.events = events.filter { states.takes($0) }
    if parsed.events.count < events.count { parsed.drop(.repeatedState, events.count - parsed.events.count) }
    return parsed
  }
}

extension ChannelEvent {
  /// The same person in the same chat, no longer typing.
  fileprivate func stopped(atMs timeMs: Int64) -> ChannelEvent {
    var body = body
    body["typing"] = ["isTyping": false]
    return ChannelEvent(kind: kind, id: id, account: account, conversation: conversation, timeMs: timeMs, body: body)
  }
}
