internal import Dispatch
internal import Synchronization

/// Everything here runs on the journal's queue.
extension Journal {
  /// One batch; comes back until the queue is empty.
  func drain() {
    guard let (requests, volatile) = ingress.withLock({ $0.take(limit: options.batchSize) }) else { return }
    if !requests.isEmpty { commit(engine.echoes.isIdle ? requests : withoutEarlyEchoes(requests)) }
    if !volatile.isEmpty { route(volatile) }
    queue.async { self.drain() }
  }

  func commit(_ requests: [AppendRequest]) {
    guard !requests.isEmpty else { return }
    guard let writer = engine.writer else {
      return refuse(requests, JournalError(.unavailable, "the journal is not open", retryAfterSeconds: 5))
    }
    let cursors = unsavedCursors()
    do {
      let result = try writer.commit(requests, cursors: cursors)
      markSaved(cursors)
      count(result)
      shared.withLock { $0.head = writer.projector.head }
      for (request, outcomes) in zip(requests, result.outcomes) { request.completion(.success(outcomes)) }
      publish(result.stored)
      tell(result.merges)
    } catch {
      counted.withLock {
        $0.failedBatches += 1
        $0.failed += requests.reduce(0) { $0 + $1.items.count }
      }
      let refusal = fail(error)
      for request in requests { request.completion(.failure(refusal)) }
    }
  }

  private func count(_ result: BatchResult) {
    let invalid = result.outcomes.reduce(0) { sum, outcomes in
      sum + outcomes.count { if case .invalid = $0 { true } else { false } }
    }
    counted.withLock {
      $0.batches += 1
      $0.appended += result.tally.appended
      $0.duplicates += result.tally.duplicates
      $0.invalid += invalid
      $0.isolatedBatches += result.tally.isolatedBatches
      $0.statusesHeld += result.tally.statusesHeld
      $0.statusesDropped += result.tally.statusesDropped
    }
  }

  private func refuse(_ requests: [AppendRequest], _ error: JournalError) {
    counted.withLock { $0.refused += requests.reduce(0) { $0 + $1.items.count } }
    for request in requests { request.completion(.failure(error)) }
  }

  private func route(_ drafts: [EventDraft]) {
    let events = (try? engine.writer?.compose(drafts)) ?? []
    counted.withLock {
      $0.volatileRouted += events.count
      $0.volatileDropped += drafts.count - events.count
    }
    let subscribers = shared.withLock { Array($0.subscribers.values) }
    for event in events { for subscriber in subscribers { subscriber.volatile(event) } }
  }

  func publish(_ events: [StoredEvent]) {
    guard let last = events.last else { return }
    engine.published = last.sequence
    let subscribers = shared.withLock { Array($0.subscribers.values) }
    for subscriber in subscribers { subscriber.committed(events) }
  }

  /// A transaction failed: nothing of it counts. A full disk leaves the file sound; after anything else only what is read back from
  /// disk is believed.
  func fail(_ error: any Error) -> JournalError {
    let waiting = engine.echoes.release()
    defer { refuse(waiting, JournalError(.unavailable, "a write failed: \(error)", retryAfterSeconds: 1)) }
    if let error = error as? SQLError, error.isFull {
      shut("the disk is full")
    } else {
      closeFile()
      if reopen() { return JournalError(.unavailable, "a write failed: \(error)", retryAfterSeconds: 1) }
      shut("the journal cannot be written: \(error)")
    }
    queue.asyncAfter(deadline: .now() + .milliseconds(options.probeMs)) { self.recover() }
    return JournalError(.unavailable, "\(error)", retryAfterSeconds: 5)
  }

  private func shut(_ reason: String) {
    let waiting = ingress.withLock { $0.shut(reason: reason) }
    refuse(waiting, JournalError(.unavailable, reason, retryAfterSeconds: 5))
  }

  /// Tries whether writing works again, until it does.
  private func recover() {
    if engine.isClosed { return }
    do {
      if engine.writer == nil, !reopen() { throw JournalError(.storage, "the journal cannot be opened") }
      try engine.writer?.probe()
      ingress.withLock { $0.open() }
    } catch {
      if (error as? SQLError)?.isFull == false { closeFile() }
      queue.asyncAfter(deadline: .now() + .milliseconds(options.probeMs)) { self.recover() }
    }
  }

  private func closeFile() {
    let storage = shared.withLock { shared in
      defer { shared.storage = nil }
      return shared.storage
    }
    // The statements go first; a connection with statements does not close.
    engine.writer = nil
    try? storage?.close()
  }

  private func reopen() -> Bool {
    guard let storage = try? Storage(path: path, options: options), let writer = try? Writer(storage, options: options) else {
      return false
    }
    engine.writer = writer
    shared.withLock {
      $0.storage = storage
      $0.head = writer.projector.head
    }
    counted.withLock { $0.reopened += 1 }
    // A commit that failed may have reached the disk all the same. Nobody was told; the sinks must be.
    while engine.published < writer.projector.head {
      guard let page = try? events(after: engine.published, limit: 1000), !page.isEmpty else { break }
      publish(page)
    }
    tell(.reopened)
    return true
  }

  /// Serves what waits, saves cursors, copies the log into the database and closes the file. Further appends are refused.
  public func close() throws {
    guard ingress.withLock({ $0.close() }) else { return }
    outboxQueue.withLock { $0.close() }
    try queue.sync {
      drainOutboxToEnd()
      commit(engine.echoes.release())
      while let (requests, volatile) = ingress.withLock({ $0.take(limit: options.batchSize) }) {
        if !requests.isEmpty { commit(requests) }
        if !volatile.isEmpty { route(volatile) }
      }
      saveCursors()
      engine.isClosed = true
      defer {
        closeFile()
        shared.withLock { $0.lock = nil }
      }
      do { try truncateLog() } catch { throw Self.journalError(error) }
    }
  }

  /// Copies the log into the database and empties it.
  package func checkpoint() throws {
    try queue.sync {
      do { try truncateLog() } catch { throw Self.journalError(error) }
    }
  }

  private func truncateLog() throws {
    try engine.writer?.storage.write { connection in
      guard try SQLStatement.number(connection, "PRAGMA wal_checkpoint(TRUNCATE)") == 0 else {
        throw JournalError(.storage, "a reader kept the log from being emptied")
      }
    }
  }
}
