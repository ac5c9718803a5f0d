/// A row of `events` with the names of its source, and the checksum over all of it.
enum EventRow {
  static let select = """
    SELECT e.sequence, s.tenant, s.channel, s.provider, s.account, e.kind, e.event_id, e.id, e.conversation, e.cause, e.time_ms,
      e.received_ms, e.journaled_ms, e.checksum, e.body
    FROM events e LEFT JOIN sources s ON s.number = e.source
    """

  /// What a row turned out to be.
  enum Reading {
    case event(StoredEvent)
    /// Retention removed the body.
    case purged(UInt64)
    /// The row is not what was written.
    case damaged(UInt64)
  }

  static func read(_ statement: SQLStatement) -> Reading {
    let sequence = UInt64(bitPattern: statement.int(0))
    guard let body = statement.blob(14) else { return .purged(sequence) }
    let event = StoredEvent(
      sequence: sequence, tenant: statement.text(1), channel: statement.text(2), provider: statement.text(3), account: statement.text(4),
      kind: statement.text(5), id: statement.text(7), providerID: statement.text(6), conversation: statement.text(8),
      cause: statement.text(9), timeMs: statement.int(10), receivedMs: statement.int(11), journaledMs: statement.int(12), body: body)
    return Int64(checksum(of: event)) == statement.int(13) ? .event(event) : .damaged(sequence)
  }

  static func checksum(of event: StoredEvent) -> UInt32 {
    var checksum = Checksum()
    checksum.add(Int64(bitPattern: event.sequence))
    checksum.add(event.tenant)
    checksum.add(event.channel)
    checksum.add(event.provider)
    checksum.add(event.account)
    checksum.add(event.kind)
    checksum.add(event.providerID)
    checksum.add(event.id)
    checksum.add(event.conversation)
    checksum.add(event.cause)
    checksum.add(event.timeMs)
    checksum.add(event.receivedMs)
    checksum.add(event.journaledMs)
    checksum.add(event.body)
    return checksum.value
  }
}
