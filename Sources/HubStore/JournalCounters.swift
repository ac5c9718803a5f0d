/// What the journal did since it was opened.
public struct JournalCounters: Sendable, Hashable {
  /// Transactions committed and synced.
  public internal(set) var batches = 0
  /// Events stored, rows of the journal's own making included.
  public internal(set) var appended = 0
  /// Events that were there already.
  public internal(set) var duplicates = 0
  /// Events that could never be stored.
  public internal(set) var invalid = 0
  /// Events whose transaction failed; nobody was acknowledged.
  public internal(set) var failed = 0
  /// Events refused because the queue was full, the disk refused, or the journal was closing.
  public internal(set) var refused = 0
  /// Transactions that failed.
  public internal(set) var failedBatches = 0
  /// Transactions done again event by event, because one of their events could not be stored; that one counts as invalid.
  public internal(set) var isolatedBatches = 0
  /// Times the file was opened again after a failure.
  public internal(set) var reopened = 0
  /// Volatile events routed.
  public internal(set) var volatileRouted = 0
  /// Volatile events dropped: queue busy, or of no known conversation.
  public internal(set) var volatileDropped = 0
  /// Statuses that came before their message.
  public internal(set) var statusesHeld = 0
  /// Held statuses given up: too old or too many.
  public internal(set) var statusesDropped = 0
  /// Appends that waited for the answer to a message under way, of which they may bring the echo.
  public internal(set) var echoesHeld = 0
  /// Of these, those that were stored as they came, because the answer was too long in coming.
  public internal(set) var echoesGivenUp = 0
  /// Rows read that did not match their checksum.
  public internal(set) var damaged = 0
  /// Bodies removed by retention.
  public internal(set) var purged = 0
}

/// Whether the journal takes events.
public enum JournalReadiness: Sendable, Hashable {
  /// It does.
  case ready
  /// Not now, and why; it tries again by itself.
  case unavailable(reason: String)
  /// Never again.
  case closed
}
