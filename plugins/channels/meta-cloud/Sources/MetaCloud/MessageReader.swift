import HubModel
import OrderedJSON

/// Reads the elements of `messages[]` and its siblings: each gives one event.
struct MessageReader {
  /// Where the elements stand, which decides direction, person and status.
  enum Source {
    case inbound
    /// Typed on the business phone.
    case echo
    /// Of a conversation before the number joined; the person of the thread, when it is one.
    case history(thread: Person?)
    /// The attachment of a message of the history.
    case historyMedia
  }

  let change: Change
  let account: String
  let contacts: ContactBook
  let source: Source

  func read(_ element: JSONObject, into parsed: inout ParsedWebhook) {
    guard let frame = MessageFrame(element, source: source, change: change, contacts: contacts) else {
      let (id, timeMs) = (element.identifier("id"), Moment.read(element, "timestamp"))
      parsed.keep(stray: change.unknown(element, id: id, account: account, what: "message without id or sender", timeMs: timeMs))
      return
    }
    if let event = event(frame, element, into: &parsed) {
      parsed.events.append(event)
    } else {
      parsed.keep(stray: change.unknown(element, id: frame.id, account: account, what: "act without target", timeMs: frame.timeMs))
    }
  }

  /// Nil for an act that does not say on which message.
  private func event(_ frame: MessageFrame, _ element: JSONObject, into parsed: inout ParsedWebhook) -> ChannelEvent? {
    switch frame.type {
    case "reaction":
      if let reaction = element.object("reaction"), let target = reaction.identifier("message_id") {
        return frame.event(.messageReaction, account: account, in: change) { $0.reaction(reaction, target: target, of: frame) }
      }
    case "edit":
      if let edit = element.object("edit"), let target = edit.identifier("original_message_id") {
        return frame.event(.messageEdited, account: account, in: change) { $0.edit(edit, target: target, of: frame) }
      }
    case "revoke":
      if let target = element.object("revoke")?.identifier("original_message_id") {
        return frame.event(.messageDeleted, account: account, in: change) { $0.deletion(target: target, of: frame) }
      }
    default:
      let content = MessageContent(element, type: frame.type, unfamiliar: &parsed)
      return frame.event(.messageCreated, account: account, in: change) { body in
        body.message(content, of: frame, element)
        if case .historyMedia = source { body.historyMedia(content, of: frame) }
        if content.keepsRaw { body.value("raw", .object(element)) }
      }
    }
    return nil
  }
}
