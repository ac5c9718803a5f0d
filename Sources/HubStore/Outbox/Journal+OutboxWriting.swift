internal import Dispatch
internal import HubModel
internal import OrderedJSON
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

  /// The requests that need not wait. An echo that may be of a message under way waits for that message's answer, and with it its provider.
  func withoutEarlyEchoes(_ requests: [AppendRequest]) -> [AppendRequest] {
    guard let writer = engine.writer else { return requests }
    return requests.filter { request in
      guard engine.echoes.hasRoom, let awaited = try? awaitedSends(request, writer), !awaited.isEmpty else { return true }
      engine.echoes.hold(request, until: awaited)
      counted.withLock { $0.echoesHeld += 1 }
      return false
    }
  }

  private func awaitedSends(_ request: AppendRequest, _ writer: Writer) throws -> Set<Int64> {
    var awaited: Set<Int64> = []
    for case .draft(let draft) in request.items {
      guard draft.kind == .messageCreated, let message = draft.message, !message.inbound, message.reference == nil else { continue }
      if let place = try writer.storage.write({ _ in try writer.projector.placeOfNewEcho(draft, message) }) {
        awaited.formUnion(engine.echoes.underWay(in: place.conversations, of: place.source))
      }
    }
    return awaited
  }
}
