internal import Dispatch
internal import HubModel
internal import Synchronization

/// Everything here runs on the journal's queue.
extension Journal {
  /// One batch of the outbox; comes back until nothing waits.
  func drainOutbox() {
    let commands = outboxQueue.withLock { $0.take(limit: options.batchSize) }
    guard !commands.isEmpty else { return }
    commit(commands)
    queue.async { self.drainOutbox() }
  }

  /// Does everything that waits; the journal closes.
  func drainOutboxToEnd() {
    while case let commands = outboxQueue.withLock({ $0.take(limit: options.batchSize) }), !commands.isEmpty { commit(commands) }
  }

  private func commit(_ commands: [OutboxCommand]) {
    guard let writer = engine.writer else {
      let refusal = JournalError(.unavailable, "the journal is not open", retryAfterSeconds: 5)
      return commands.forEach { $0.fail(refusal) }
    }
    do {
      let batch = try writer.commit(commands)
      shared.withLock { $0.head = writer.projector.head }
      counted.withLock {
        $0.appended += batch.stored.count
        $0.batches += 1
      }
      for row in batch.begun { engine.echoes.begin(row.number, conversation: row.conversation, of: row.source) }
      let released = batch.settled.flatMap { engine.echoes.end($0) }
      batch.tell.forEach { $0() }
      publish(batch.stored)
      tell(batch.merges)
      if !released.isEmpty { commit(released) }
    } catch  where Writer.isOfOne(error) {
      // The others can be stored.
      if commands.count > 1 { return commands.forEach { commit([$0]) } }
      commands.forEach { $0.fail(JournalError(.storage, "\(error)")) }
    } catch {
      let refusal = fail(error)
      commands.forEach { $0.fail(refusal) }
    }
  }

  /// After the answers to the commands of the transaction, which may name what is gone now.
  func tell(_ merges: [ConversationMerge]) {
    for merge in merges {
      engine.echoes.merge(merge)
      tell(.merged(merge))
    }
  }

  /// What need not wait. An echo that may be of a message under way waits for that message's answer, and what changes it with it; the
  /// provider is told of their append afterwards. The other events of the append do not wait.
  func withoutEarlyEchoes(_ requests: [AppendRequest]) -> [AppendRequest] {
    guard let writer = engine.writer else { return requests }
    return requests.compactMap { request in
      guard engine.echoes.hasRoom, let wait = try? wait(of: request, writer), !wait.awaited.isEmpty else { return request }
      let (now, later) = request.divided(later: wait.places)
      let number = engine.echoes.hold(later, wait)
      counted.withLock { $0.echoesHeld += 1 }
      queue.asyncAfter(deadline: .now() + .milliseconds(options.echoWaitMs)) { self.giveUp(echo: number) }
      return now
    }
  }

  /// The provider cannot be kept waiting any longer: stored as it is.
  private func giveUp(echo number: Int) {
    let requests = engine.echoes.giveUp(number)
    counted.withLock { $0.echoesGivenUp += requests.count }
    commit(requests)
  }

  private func wait(of request: AppendRequest, _ writer: Writer) throws -> EarlyEchoes.Wait {
    try writer.storage.write { _ in
      var wait = EarlyEchoes.Wait()
      for (place, item) in request.items.enumerated() {
        guard case .draft(let draft) = item, let (names, awaited) = try awaited(by: draft, wait, writer.projector) else { continue }
        wait.places.insert(place)
        wait.names.formUnion(names)
        wait.awaited.formUnion(awaited)
      }
      return wait
    }
  }

  /// The attempts that an event waits for: an echo of which nothing is known yet, or what changes one that waits. Nil when it need not wait.
  private func awaited(
    by draft: EventDraft, _ wait: EarlyEchoes.Wait, _ projector: Projector
  ) throws -> (names: [EarlyEchoes.Name], Set<Int64>)? {
    if let target = draft.change?.target {
      guard let source = try projector.existingSource(of: draft.event) else { return nil }
      let name = EarlyEchoes.Name(source: source, providerID: target)
      let awaited = engine.echoes.awaited(by: name)
      return awaited.isEmpty && !wait.names.contains(name) ? nil : ([], awaited)
    }
    guard draft.kind == .messageCreated, let message = draft.message, !message.inbound, message.reference == nil,
      let place = try projector.placeOfNewEcho(draft, message)
    else { return nil }
    let awaited = engine.echoes.underWay(in: place.conversations, of: place.source)
    return awaited.isEmpty ? nil : ([EarlyEchoes.Name(source: place.source, providerID: message.providerID)], awaited)
  }
}
