import HubModel
import OrderedJSON

/// `contacts.*` and `presence.update` (reference 1.6).
extension Envelope {
  func read(contact element: JSONObject, into parsed: inout ParsedEnvelope) {
    let addresses = ["remoteJid", "id", "remoteJidAlt", "lid", "phoneNumber", "previousRemoteJid"].map { element.identifier($0) }
    guard let chat = parsed.chat(Chat.at(addresses.compactMap { $0 }.first, aliases: addresses)) else { return }
    // Groups and lists are chats, and told as such.
    guard chat.isGroup == false, var person = chat.person else { return parsed.drop(.groupContact) }
    person.take(name: element.identifier(["pushName", "name", "notify", "verifiedName"]))
    person.avatar = element.identifier(["profilePicUrl", "profilePictureUrl"])
    parsed.events.append(
      event(.contactUpdated, id: Fingerprint.of(.object(element), in: self), conversation: person.key ?? "") { body in
        body.append("contact", person.json)
        body.append("change", ["source": .string(event)])
      })
  }

  /// Each participant of the chat that does something. `available` and `unavailable` are told as presence too.
  func read(presences element: JSONObject, into parsed: inout ParsedEnvelope) {
    guard let presences = element.object("presences") else { return parsed.drop(.malformedElement) }
    for member in presences {
      // In a conversation of two the participant is the contact, and may be named in the other way.
      let found = Chat.at(element.identifier("id"), aliases: [member.key], member: Person([member.key]))
      guard let chat = parsed.chat(found) else { continue }
      guard let object = member.value.object, let word = object.identifier("lastKnownPresence") else {
        parsed.drop(.malformedElement)
        continue
      }
      read(presence: word, object, in: chat, into: &parsed)
    }
  }

  private func read(presence word: String, _ object: JSONObject, in chat: Chat, into parsed: inout ParsedEnvelope) {
    switch word {
    case "composing", "recording": parsed.events.append(typing(true, in: chat, isRecording: word == "recording"))
    case "paused": parsed.events.append(typing(false, in: chat))
    case "available", "unavailable":
      parsed.events.append(typing(false, in: chat))
      parsed.events.append(
        event(.presence, id: "", in: chat) { body in
          var presence: JSONObject = ["state": .string(word)]
          presence.add("lastSeen", Moment.read(object, "lastSeen").map { .string(Timestamp(milliseconds: $0).iso8601) })
          body.append("presence", .object(presence))
        })
    default:
      parsed.note(.presence(word))
      parsed.drop(.malformedElement)
    }
  }

  private func typing(_ isTyping: Bool, in chat: Chat, isRecording: Bool = false) -> ChannelEvent {
    event(.typing, id: "", in: chat) { body in
      var typing: JSONObject = ["isTyping": .bool(isTyping)]
      typing.raise("recording", isRecording)
      body.append("typing", .object(typing))
    }
  }
}
