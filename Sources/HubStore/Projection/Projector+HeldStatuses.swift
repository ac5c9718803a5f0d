internal import HubModel
internal import OrderedJSON

/// Statuses that came before their message wait for it: for a time, in a table of bounded length.
extension Projector {
  func hold(_ status: MessageStatus, errors: JSONValue?, for providerID: String, source: Int64) throws {
    if heldCount >= options.heldStatuses {
      sql.expireHeld.bind(1, journaledMs - options.heldStatusMs)
      sql.expireHeld.bind(2, journaledMs + options.heldStatusMs)
      try drop(with: sql.expireHeld)
      if heldCount >= options.heldStatuses {
        // A tenth at once, so that a flood doesn't pay for each.
        sql.trimHeld.bind(1, max(1, options.heldStatuses / 10))
        try drop(with: sql.trimHeld)
      }
    }
    let add = sql.addHeld
    add.bind(1, source)
    add.bind(2, providerID)
    add.bind(3, status.stored)
    add.bind(4, errors?.serialized())
    add.bind(5, journaledMs)
    try add.run()
    heldCount += 1
    tally.statusesHeld += 1
  }

  private func drop(with statement: SQLStatement) throws {
    try statement.run()
    let dropped = statement.changes
    heldCount -= dropped
    tally.statusesDropped += Int(dropped)
  }

  /// Takes what waited for this message, in the order it came; what waited too long is left out.
  func takeHeld(_ providerID: String, source: Int64) throws -> (statuses: [MessageStatus], errors: [UInt8]?)? {
    guard heldCount > 0 else { return nil }
    let take = sql.takeHeld
    take.bind(1, source)
    take.bind(2, providerID)
    var found: (statuses: [MessageStatus], errors: [UInt8]?) = ([], nil)
    var rows: Int64 = 0
    while try take.step() {
      rows += 1
      // Either direction: the wall clock may have been set back since.
      guard abs(journaledMs - take.int(2)) <= options.heldStatusMs else {
        tally.statusesDropped += 1
        continue
      }
      found.statuses.append(MessageStatus(stored: take.int(0)))
      found.errors = take.blob(1) ?? found.errors
    }
    take.reset()
    guard rows > 0 else { return nil }
    sql.dropHeld.bind(1, source)
    sql.dropHeld.bind(2, providerID)
    try sql.dropHeld.run()
    heldCount -= rows
    return found
  }
}
