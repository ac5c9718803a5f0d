import HubModel
import OrderedJSON

/// `messages.edited`, `send.message.update`, `messages.delete` (reference 3.6, 3.7).
extension Envelope {
  /// A protocol message, and not always an edit. Its key is written from the sender's point of view: only the id is reliable, and the hub
  /// finds the conversation through the stored message.
  func read(edit element: JSONObject, isOurs: Bool, into parsed: inout ParsedEnvelope) {
    let element = element.object("protocolMessage") ?? element.object("message")?.object("protocolMessage") ?? element
    guard let target = element.object("key")?.identifier("id") else {
      parsed.keep(stray: unknown(.object(element), what: "edit without id"))
      return
    }
    let edited = element.object("editedMessage")
    switch element.identifier("type")?.uppercased() {
    case "MESSAGE_EDIT", "14": break
    case nil where edited != nil: break
    case "REVOKE", "0", nil: return parsed.events.append(deletion(of: target))
    default: return parsed.drop(.control)
    }
    guard let edited else { return parsed.drop(.emptyUpdate) }
    append(edit: edited, of: target, element, isOurs: isOurs, into: &parsed)
  }

  private func append(
    edit edited: JSONObject, of target: String, _ element: JSONObject, isOurs: Bool, into parsed: inout ParsedEnvelope
  ) {
    guard case .success(.message(let content)) = Unwrapped(["message": .object(edited)]).read(into: &parsed) else {
      return parsed.drop(.emptyUpdate)
    }
    let timeMs = Moment.read(element, "timestampMs") ?? receivedMs
    let stamp = Moment.read(element, "timestampMs").map(String.init) ?? Fingerprint.of(.object(edited), in: self)
    parsed.events.append(
      event(.messageEdited, id: "\(target):edit:\(stamp)", timeMs: timeMs) { body in
        var edit: JSONObject = ["target": .string(target)]
        edit.add("text", text: content.text)
        edit.add("caption", text: content.caption)
        edit.append("type", .string(content.kind.rawValue))
        if isOurs { edit.append("direction", "outbound") }
        edit.append("timestamp", .string(Timestamp(milliseconds: timeMs).iso8601))
        body.append("edit", .object(edit))
      })
  }

  /// A bare key, or a stored message whose own `id` is a row of the database.
  func read(deletion element: JSONObject, into parsed: inout ParsedEnvelope) {
    let key = element.object("key")
    guard let target = key?.identifier("id") ?? element.identifier("id") else {
      parsed.keep(stray: unknown(.object(element), what: "deletion without id"))
      return
    }
    parsed.events.append(deletion(of: target))
  }

  /// The same for a revoke and the deletion that follows it, so that the second is dropped as a repetition.
  private func deletion(of target: String) -> ChannelEvent {
    event(.messageDeleted, id: target + ":delete") { body in
      body.append("delete", ["target": .string(target), "timestamp": .string(Timestamp(milliseconds: receivedMs).iso8601)])
    }
  }
}
