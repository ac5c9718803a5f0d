/// What one transaction did to the outbox.
struct OutboxBatch {
  /// To be called once the batch is synced, in order.
  var tell: [@Sendable () -> Void] = []
  /// The journal's rows, in order.
  var stored: [StoredEvent] = []
  var merges: [ConversationMerge] = []
  /// Attempts that began.
  var begun: [OutboxTable.Row] = []
  /// Attempts that ended.
  var settled: [Int64] = []
}

extension Writer {
  /// Commits commands in one transaction, or none of them.
  func commit(_ commands: [OutboxCommand]) throws -> OutboxBatch {
    try storage.write { connection in
      try transaction(connection) {
        projector.begin()
        var batch = OutboxBatch()
        for command in commands { try perform(command, &batch, connection) }
        try outbox.clean(now: projector.journaledMs)
        try projector.finish()
        (batch.stored, batch.merges) = (projector.stored, projector.merges)
        return batch
      }
    }
  }

  private func perform(_ command: OutboxCommand, _ batch: inout OutboxBatch, _ connection: OpaquePointer) throws {
    switch command {
    case .accept(let send, let told):
      let acceptance = try projector.accept(send, in: outbox)
      batch.tell.append { told(.success(acceptance)) }
    case .read(let mark, let told):
      let row = try projector.markRead(mark, in: outbox)
      let place = try row.flatMap { try ticket($0, notBeforeMs: nil) }
      batch.tell.append { told(.success(place)) }
    case .begin(let number, let attempt, let told):
      let start = try projector.begin(number, attempt: attempt, in: outbox)
      if case .begun = start, let row = try outbox.row(number: number) { batch.begun.append(row) }
      batch.tell.append { told(.success(start)) }
    case .settle(let number, let attempt, let outcome, let told):
      try projector.settle(number, attempt: attempt, outcome, in: outbox)
      batch.settled.append(number)
      batch.tell.append { told(.success(())) }
    case .bury(let number, let death, let code, let text, let told):
      if let row = try outbox.row(number: number), row.state.isOpen { try bury(row, death, code: code, text: text, connection) }
      batch.settled.append(number)
      batch.tell.append { told(.success(())) }
    case .revive(let ids, let told):
      var tickets: [OutboxTicket] = []
      for row in try ids.compactMap({ try outbox.row(id: $0) }) where try projector.revive(row, in: outbox) {
        if let ticket = try ticket(row, notBeforeMs: nil) { tickets.append(ticket) }
      }
      batch.tell.append { [tickets] in told(.success(tickets)) }
    case .drop(let ids, let told):
      let dropped = try ids.filter { id in try outbox.row(id: id).map { try projector.drop($0, in: outbox) } ?? false }
      batch.tell.append { told(.success(dropped)) }
    case .open(let recovers, let told):
      if recovers { try recover(connection) }
      let tickets = try outbox.open().compactMap { row -> OutboxTicket? in
        switch row.state {
        case .queued: try ticket(row, notBeforeMs: nil)
        case .waiting(let untilMs, _): try ticket(row, notBeforeMs: untilMs)
        case .inFlight, .done, .dead: nil
        }
      }
      batch.tell.append { told(.success(tickets)) }
    }
  }

  /// A dead letter in any case; what cannot be told of its message is left untold.
  private func bury(_ row: OutboxTable.Row, _ death: OutboxDeath, code: String, text: String, _ connection: OpaquePointer) throws {
    try apart(connection) {
      try projector.die(row, death, code: code, text: text, in: outbox)
    } otherwise: { _ in
      try outbox.set(.dead(death), of: row, code: code, text: text, now: projector.journaledMs)
    }
  }

  /// What was under way when the hub ended: of messages nobody knows whether they were sent; reads are told again.
  private func recover(_ connection: OpaquePointer) throws {
    for row in try outbox.open() {
      guard case .inFlight(let attempt, _) = row.state else { continue }
      switch row.kind {
      case .send:
        let (code, text) = ("interrupted", "the hub ended before the provider answered")
        try apart(connection) {
          try projector.settle(row.number, attempt: attempt, .unknown(code: code, text: text), in: outbox)
        } otherwise: { _ in
          try outbox.set(.dead(.unknown), of: row, code: code, text: text, now: projector.journaledMs)
        }
      case .read: try outbox.set(.queued, of: row, now: projector.journaledMs)
      }
    }
  }

  /// Nil when the row's conversation is gone.
  private func ticket(_ row: OutboxTable.Row, notBeforeMs: Int64?) throws -> OutboxTicket? {
    guard let place = try projector.place(of: row.source), let conversation = try projector.conversation(number: row.conversation) else {
      return nil
    }
    return OutboxTicket(
      number: row.number, id: row.id, channel: place.channel, account: place.account, conversation: conversation.number,
      attempts: row.attempts, notBeforeMs: notBeforeMs)
  }
}
