import HubModel
import OrderedJSON

/// `messages.upsert`, `send.message`, `messages.set` (reference 3.1 to 3.4).
extension Envelope {
  func read(message element: JSONObject, from source: MessageSource, into parsed: inout ParsedEnvelope) {
    guard let key = element.object("key"), let id = key.identifier("id") else {
      parsed.keep(stray: unknown(.object(element), what: "message without id"))
      return
    }
    let found = MessageKey.chat(key, in: element)
    if case .failure(.noChat) = found {
      parsed.keep(stray: unknown(.object(element), what: "message without chat"))
      return
    }
    guard let chat = parsed.chat(found) else { return }
    let frame = MessageFrame(element, key: key, id: id, chat: chat, source: source, receivedMs: receivedMs)
    switch Unwrapped(element).read(into: &parsed) {
    case .failure(let reason): parsed.drop(reason)
    case .success(.reaction(let target, let emoji)):
      parsed.events.append(event(.messageReaction, of: frame) { $0.reaction(target: target, emoji: emoji, of: frame) })
    case .success(.message(let content)):
      parsed.events.append(
        event(.messageCreated, of: frame) { body in
          body.append("message", content.json(of: frame))
          if let raw = content.raw { body.append("raw", Scrubbing.scrub(raw)) }
        })
    }
  }

  /// What belongs to history is only ever of kind `history`: it must not look new to anybody.
  private func event(_ kind: EventKind, of frame: MessageFrame, _ fill: (inout JSONObject) -> Void) -> ChannelEvent {
    event(frame.source == .history ? .history : kind, id: frame.id, in: frame.chat, timeMs: frame.timeMs, fill)
  }
}

extension JSONObject {
  /// `reaction`: an emoji that is empty or absent takes the reaction back.
  fileprivate mutating func reaction(target: String, emoji: String?, of frame: MessageFrame) {
    var reaction: JSONObject = ["target": .string(target)]
    reaction.add("emoji", text: emoji)
    reaction.append("removed", .bool(emoji == nil))
    frame.sign(&reaction)
    append("reaction", .object(reaction))
  }
}

extension MessageContent {
  /// `message`, with every member the model names.
  fileprivate func json(of frame: MessageFrame) -> JSONValue {
    var message: JSONObject = [
      "providerMessageId": .string(frame.id), "direction": frame.direction, "type": .string(kind.rawValue),
      "text": JSONValue(orNull: text), "caption": JSONValue(orNull: caption), "status": .string(frame.status.rawValue),
      "timestamp": .string(Timestamp(milliseconds: frame.timeMs).iso8601), "replyTo": JSONValue(orNull: context.replyTo),
      "forwarded": .bool(context.isForwarded), "voice": .bool(isVoice), "viewOnce": .bool(isViewOnce), "media": media ?? .null,
      "location": location ?? .null, "contacts": contacts ?? .null, "interactive": interactive ?? .null, "reaction": .null,
      "author": frame.author?.json ?? .null, "origin": frame.origin,
    ]
    message.raise("frequentlyForwarded", context.isForwardedOften)
    message.add("mentions", context.mentions)
    message.add("referral", context.referral)
    for member in more { message.append(member.key, member.value) }
    return .object(message)
  }
}
