import HubModel
import OrderedJSON

/// The event `message` (reference 4.1).
extension Workspace {
  mutating func read(message element: JSONObject, at moment: Moment, into parsed: inout Parsed) {
    guard let frame = MessageFrame(element, in: self, at: moment) else {
      parsed.keep(stray: unknown(.object(element), of: "message", what: "message without id or conversation", at: moment))
      return
    }
    if let word = element.text("status"), MessageStatus(chatEngine: word.lowercased()) == nil { parsed.note(.status(word)) }
    if let known = messages[frame.id] { return update(known, frame, into: &parsed) }
    if frame.type == .unsupported { parsed.note(.type(element.text("type") ?? "")) }
    messages.use(frame.id, frame.known)
    append(frame, into: &parsed)
    for waiting in held.take(frame.id) { append(waiting.status, of: frame.id, timeMs: waiting.timeMs, into: &parsed) }
  }

  private func append(_ frame: MessageFrame, into parsed: inout Parsed) {
    let (message, isWhole) = frame.message(author: frame.isInbound ? nil : frame.sender.map { person($0, in: frame.conversation) })
    let stranger = frame.isInbound ? frame.sender.map { person($0, in: frame.conversation) } : nil
    parsed.events.append(
      event(
        .messageCreated, id: frame.id, in: frame.conversation, contact: contact(of: frame.conversation) ?? stranger, timeMs: frame.timeMs
      ) { body in
        body.append("message", .object(message))
        if isWhole == false { body.append("raw", .object(frame.element)) }
      })
    // One that was changed before this process saw it may be in the journal with an earlier status, and is not stored a second time.
    if frame.isInbound == false, let updated = frame.updatedMs, updated > frame.timeMs, frame.status != .pending {
      append(frame.status, of: frame.id, in: frame.conversation, timeMs: updated, into: &parsed)
    }
  }

  /// A message that is known already: what changed about it.
  private mutating func update(_ known: KnownMessage, _ frame: MessageFrame, into parsed: inout Parsed) {
    if let updated = frame.updatedMs, let last = known.updatedMs, updated < last { return parsed.drop(.staleMessage) }
    var known = known
    let before = parsed.events.count
    if frame.content != known.content, let updated = frame.updatedMs, updated != known.updatedMs {
      known.content = frame.content
      append(editOf: frame, timeMs: updated, isInbound: known.isInbound, into: &parsed)
    }
    let status = known.isInbound ? known.status : known.status.advanced(by: frame.status)
    if status != known.status {
      known.status = status
      append(status, of: frame.id, in: known.conversation, timeMs: frame.updatedMs ?? frame.timeMs, into: &parsed)
    }
    known.updatedMs = frame.updatedMs ?? known.updatedMs
    messages.use(frame.id, known)
    if parsed.events.count == before { parsed.drop(.repeatedMessage) }
  }

  private func append(editOf frame: MessageFrame, timeMs: Int64, isInbound: Bool, into parsed: inout Parsed) {
    parsed.events.append(
      event(
        .messageEdited, id: "\(frame.id):edit:\(timeMs)", in: frame.conversation, contact: contact(of: frame.conversation), timeMs: timeMs
      ) { body in
        var edit: JSONObject = ["target": .string(frame.id)]
        edit.append(frame.type.isMedia ? "caption" : "text", JSONValue(orNull: frame.element["content"]?.string))
        edit.append("type", .string(frame.type.rawValue))
        if isInbound == false { edit.append("direction", "outbound") }
        edit.append("timestamp", .string(Timestamp(milliseconds: timeMs).iso8601))
        body.append("edit", .object(edit))
      })
  }
}
