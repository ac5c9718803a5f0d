internal import Dispatch
internal import Synchronization

extension Journal {
  /// How long an advanced cursor may wait for a batch to be saved with.
  private static let cursorDelayMs = 500

  /// The last event that a sink is known to have been given; 0 for a new sink.
  public func cursor(of sink: String) -> UInt64 { shared.withLock { $0.cursors[sink] ?? 0 } }

  /// Every sink that ever advanced, with its cursor. Each holds retention back, so one that is configured no more must be forgotten.
  public var cursors: [String: UInt64] { shared.withLock { $0.cursors } }

  /// Forgets the cursor of a sink that is gone.
  public func forgetCursor(of sink: String) throws {
    try queue.sync {
      do {
        try engine.writer?.forgetCursor(of: sink)
      } catch {
        throw Self.journalError(error)
      }
      shared.withLock {
        $0.cursors[sink] = nil
        $0.unsavedCursors.remove(sink)
      }
    }
  }

  /// Records that a sink was given everything up to an event. Never goes back nor beyond the head. Saved with the next batch or within
  /// half a second, so after a crash a sink may be offered again what it was given last.
  /// A new sink advances to where it begins, 0 included: from then on retention waits for it.
  public func advance(_ sink: String, to sequence: UInt64) {
    let startTimer = shared.withLock { shared in
      let target = min(sequence, shared.head)
      guard target > shared.cursors[sink] ?? 0 || shared.cursors[sink] == nil else { return false }
      shared.cursors[sink] = target
      shared.unsavedCursors.insert(sink)
      defer { shared.cursorTimerRuns = true }
      return !shared.cursorTimerRuns
    }
    guard startTimer else { return }
    queue.asyncAfter(deadline: .now() + .milliseconds(Self.cursorDelayMs)) {
      self.shared.withLock { $0.cursorTimerRuns = false }
      self.saveCursors()
    }
  }

  /// On the queue.
  func saveCursors() {
    let cursors = unsavedCursors()
    guard !cursors.isEmpty, let writer = engine.writer, (try? writer.commit([], cursors: cursors)) != nil else { return }
    markSaved(cursors)
  }

  func unsavedCursors() -> [String: UInt64] {
    shared.withLock { shared in shared.cursors.filter { shared.unsavedCursors.contains($0.key) } }
  }

  func markSaved(_ cursors: [String: UInt64]) {
    if cursors.isEmpty { return }
    shared.withLock { shared in
      // One that moved on meanwhile stays unsaved.
      for (sink, sequence) in cursors where shared.cursors[sink] == sequence { shared.unsavedCursors.remove(sink) }
    }
  }

  static func readCursors(_ connection: OpaquePointer) throws -> [String: UInt64] {
    let statement = try SQLStatement(connection, "SELECT sink, sequence FROM cursors")
    var cursors: [String: UInt64] = [:]
    while try statement.step() { cursors[statement.text(0)] = UInt64(bitPattern: statement.int(1)) }
    return cursors
  }

  static func readPurged(_ connection: OpaquePointer) throws -> UInt64 {
    UInt64(bitPattern: try SQLStatement.number(connection, "SELECT value FROM state WHERE key = 'purged_through'") ?? 0)
  }
}
