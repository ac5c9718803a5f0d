internal import HubModel
internal import OrderedJSON

/// Messages that an operator gives up.
extension Projector {
  /// The code of a message that was given up.
  private static let code = "dropped"

  /// Ends what an operator does not want any more, and tells its message as failed, so that whoever sent it waits no longer; false when it
  /// is under way or done.
  func drop(_ row: OutboxTable.Row, in outbox: OutboxTable) throws -> Bool {
    let status = try row.message.flatMap { try message(number: $0) }?.status
    switch row.state {
    case .inFlight, .done: return false
    case .queued, .waiting, .dead(.unknown):
      let isUncertain = row.state == .dead(.unknown) || status == .unknown
      let title = isUncertain ? "given up by an operator; whether it was sent is not known" : "dropped by an operator before it was sent"
      try tell(.failed, errors: [["code": .string(Self.code), "title": .string(title)]], of: row)
    // That it failed has been told.
    case .dead(.rejected): break
    }
    try outbox.set(.done, of: row, code: Self.code, text: row.text, now: journaledMs)
    return true
  }

  /// The status that stands after another one. A message that failed because it was given up has no word of its provider about it: one
  /// that comes after all, counts.
  func advanced(_ message: MessageRow, by status: MessageStatus) throws -> MessageStatus {
    switch status {
    case .sent, .delivered, .read: try isGivenUp(message) ? status : message.status.advanced(by: status)
    case .pending, .unknown, .failed: message.status.advanced(by: status)
    }
  }

  /// Whether a status says what the message does not say yet. Its provider's own failure does of a message that was given up.
  func isNews(_ status: MessageStatus, to message: MessageRow) throws -> Bool {
    if try advanced(message, by: status) != message.status { return true }
    return try status == .failed && isGivenUp(message)
  }

  private func isGivenUp(_ message: MessageRow) throws -> Bool {
    guard message.status == .failed, message.direction == .ours, let text = try text(of: message) else { return false }
    return (try? JSONValue(parsing: text.bytes))?["errors"]?[0]?["code"]?.string == Self.code
  }
}
