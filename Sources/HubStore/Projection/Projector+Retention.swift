internal import HubModel

extension Projector {
  /// What a pass of retention did.
  struct Purge {
    /// Everything up to here has lost its body.
    var through: UInt64
    var bodies = 0
    var keys = 0
  }

  /// Removes bodies of events older than retention, up to `limit` and `last`; what a message says is kept with the message.
  func purgeBodies(after purged: UInt64, through last: UInt64, olderThan cutoffMs: Int64, limit: Int) throws -> Purge {
    var purge = Purge(through: purged)
    let rows = try sql.rows(
      "SELECT sequence, journaled_ms FROM events WHERE sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?",
      [purged, last, UInt64(limit)],
      while: { $0.int(1) < cutoffMs }, read: { $0.int(0) })
    for sequence in rows {
      if let row = try message(number: sequence), row.isInEvent, let text = try text(of: row) { try save(text) }
      try sql.run("UPDATE events SET body = NULL, checksum = ? WHERE sequence = ?", 0, sequence)
      purge.through = UInt64(sequence)
      purge.bodies += 1
    }
    if purge.bodies > 0 { try setState("purged_through", purge.through) }
    return purge
  }

  /// Removes rows without body whose dedupe key has outlived retention long enough. Their messages stay to be found by the provider's id.
  func purgeKeys(through purged: UInt64, olderThan cutoffMs: Int64, limit: Int) throws -> Int {
    // The last row stays in any case: it is where the next sequence is read from.
    let newest = min(purged, head == 0 ? 0 : head - 1)
    let rows = try sql.rows(
      "SELECT sequence, journaled_ms, source, event_id FROM events WHERE sequence <= ? ORDER BY sequence LIMIT ?", [newest, UInt64(limit)],
      while: { $0.int(1) < cutoffMs }, read: { (sequence: $0.int(0), source: $0.int(2), id: $0.text(3)) })
    for row in rows {
      if try message(number: row.sequence) != nil { try addMessageAlias(row.id, source: row.source, number: row.sequence) }
      try sql.run("DELETE FROM events WHERE sequence = ? AND source = ?", row.sequence, row.source)
    }
    return rows.count
  }

  private func setState(_ key: String, _ value: UInt64) throws {
    try sql.run("INSERT OR REPLACE INTO state(value, key) VALUES(?, ?)", Int64(bitPattern: value), key)
  }
}
