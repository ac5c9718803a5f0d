internal import Dispatch
internal import Synchronization

extension Journal {
  /// A dedupe key outlives its event's body by this: the longest time a provider retries, and a day.
  static let keyGraceMs: Int64 = 8 * 86_400_000
  /// Rows of one pass, so that appends never wait long.
  private static let purgeSlice = 500
  private static let purgeIdleMs = 60_000
  private static let purgeBusyMs = 50

  /// Removes what is older than retention, one bounded pass: bodies up to the last event that every sink was given, then dedupe keys
  /// 8 days later. Conversations and messages stay. Runs by itself; calling it is for tests and tools.
  ///
  /// - Returns: how many rows were touched; 0 when there is nothing to do.
  @discardableResult
  public func purge() throws -> Int {
    try queue.sync {
      do { return try purgeSlice() } catch { throw Self.journalError(error) }
    }
  }

  /// On the queue.
  private func purgeSlice() throws -> Int {
    guard let retention = options.retentionMs, let writer = engine.writer, case .ready = readiness else { return 0 }
    let (purged, last) = shared.withLock { ($0.purgedThrough, min($0.head, $0.cursors.values.min() ?? $0.head)) }
    let cutoff = options.now() - retention
    let projector = writer.projector
    let (purge, keys) = try writer.storage.write { connection in
      try writer.transaction(connection) {
        let purge = try projector.purgeBodies(after: purged, through: last, olderThan: cutoff, limit: Self.purgeSlice)
        return (purge, try projector.purgeKeys(through: purge.through, olderThan: cutoff - Self.keyGraceMs, limit: Self.purgeSlice))
      }
    }
    shared.withLock { $0.purgedThrough = purge.through }
    counted.withLock { $0.purged += purge.bodies }
    return purge.bodies + keys
  }

  /// Goes on for as long as the journal lives.
  func schedulePurge(afterMs delay: Int = Journal.purgeIdleMs) {
    guard options.retentionMs != nil else { return }
    queue.asyncAfter(deadline: .now() + .milliseconds(delay)) { [weak self] in
      guard let self, !self.engine.isClosed else { return }
      // A failure here is the writer's to find; the next append meets it.
      let touched = (try? self.purgeSlice()) ?? 0
      self.schedulePurge(afterMs: touched >= Self.purgeSlice ? Self.purgeBusyMs : Self.purgeIdleMs)
    }
  }
}
