import HubModel
import OrderedJSON

/// The event `messageStatus` (reference 4.3): it names the message and not its conversation.
extension Workspace {
  mutating func read(status element: JSONObject, at moment: Moment, into parsed: inout Parsed) {
    guard let id = element.name("messageId"), let word = element.text("status") else {
      parsed.keep(stray: unknown(.object(element), of: "messageStatus", what: "status without message or word", at: moment))
      return
    }
    guard let status = MessageStatus(chatEngine: word.lowercased()) else {
      parsed.note(.status(word))
      parsed.keep(stray: unknown(.object(element), of: "messageStatus", what: "unknown status", at: moment))
      return
    }
    guard messages[id] != nil else {
      if let evicted = held.hold(status, of: id, at: moment) { release(evicted, into: &parsed) }
      return
    }
    append(status, of: id, timeMs: moment.wallMs, into: &parsed)
  }

  /// A status of a message that is known; the rank stands in the journal, and here for the next repetition.
  mutating func append(_ status: MessageStatus, of id: String, timeMs: Int64, into parsed: inout Parsed) {
    guard var known = messages[id] else { return }
    known.status = known.isInbound ? known.status : known.status.advanced(by: status)
    messages.use(id, known)
    append(status, of: id, in: known.conversation, timeMs: timeMs, into: &parsed)
  }

  func append(_ status: MessageStatus, of id: String, in conversation: String?, timeMs: Int64, into parsed: inout Parsed) {
    parsed.events.append(
      event(
        .messageStatus, id: "\(id):\(status.rawValue)", in: conversation, contact: conversation.flatMap { contact(of: $0) }, timeMs: timeMs
      ) { body in
        body.append(
          "status",
          [
            "target": .string(id), "status": .string(status.rawValue),
            "timestamp": .string(Timestamp(milliseconds: timeMs).iso8601),
          ])
      })
  }

  /// A status whose message did not come. The journal is told all the same: it may hold the message from before a restart.
  func release(_ held: HeldStatuses.Held, into parsed: inout Parsed) {
    parsed.drop(.unroutableStatus)
    append(held.status, of: held.message, in: nil, timeMs: held.timeMs, into: &parsed)
  }
}
