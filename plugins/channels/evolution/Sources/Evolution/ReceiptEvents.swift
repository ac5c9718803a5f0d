import HubModel
import OrderedJSON

/// `messages.update`: how far a message of ours has come, who read it, how a poll stands (reference 3.5).
extension Envelope {
  func read(receipt element: JSONObject, into parsed: inout ParsedEnvelope) {
    let key = element.object("key") ?? element
    // `messageId` is a row of the server's database and matches nothing else.
    guard let target = element.identifier("keyId") ?? element.object("key")?.identifier("id") else {
      parsed.keep(stray: unknown(.object(element), what: "status without id"))
      return
    }
    guard let chat = parsed.chat(MessageKey.chat(key, in: element)) else { return }
    let votes = element.objects("pollUpdates")
    if votes.isEmpty == false { parsed.events.append(poll(votes, of: target, in: chat, element)) }
    guard let text = element.identifier("status") ?? element.object("update")?.identifier("status") else {
      if votes.isEmpty { parsed.drop(.emptyUpdate) }
      return
    }
    guard let word = StatusWord(text) else {
      parsed.note(.status(text))
      parsed.keep(stray: unknown(.object(element), what: "unknown status"))
      return
    }
    read(word, of: target, Receipt(key, target: target, chat: chat), into: &parsed)
  }

  private func read(_ word: StatusWord, of target: String, _ receipt: Receipt, into parsed: inout ParsedEnvelope) {
    guard let status = word.status else { return parsed.drop(word == .deleted ? .ambiguousDeletion : .emptyUpdate) }
    guard receipt.isOurs else {
      // The account itself read the contact's message, on its phone.
      guard status == .read else { return parsed.drop(.inboundStatus) }
      parsed.events.append(event(.conversationRead, id: target + ":read", in: receipt.chat) { _ in })
      return
    }
    let suffix = receipt.participant.flatMap(\.key).map { ":" + $0 } ?? ""
    parsed.events.append(
      event(.messageStatus, id: "\(target):\(word.rawValue)\(suffix)", in: receipt.chat) { body in
        var object: JSONObject = [
          "target": .string(target), "status": .string(status.rawValue),
          "timestamp": .string(Timestamp(milliseconds: receivedMs).iso8601),
        ]
        object.raise("played", word == .played)
        object.add("participant", receipt.participant?.json)
        body.append("status", .object(object))
      })
  }

  /// Votes are encrypted one by one; the server sends the sums. The model has no kind for them.
  private func poll(_ votes: [JSONObject], of target: String, in chat: Chat, _ element: JSONObject) -> ChannelEvent {
    event(.unknown, id: Fingerprint.of(.object(element), in: self), in: chat) { body in
      body.append("unknown", ["event": .string(event), "what": "poll votes"])
      let options = votes.map { vote -> JSONValue in
        let voters = (vote["voters"]?.array ?? []).compactMap { Person([$0.string])?.json }
        return ["name": JSONValue(orNull: vote.identifier("name")), "voters": .array(voters)]
      }
      body.append("poll", ["target": .string(target), "options": .array(options)])
    }
  }
}

/// Whose message a status is about, and who tells it.
private struct Receipt {
  let isOurs: Bool
  /// In a group, the member whose phone reports.
  let participant: Person?
  let chat: Chat

  init(_ key: JSONObject, target: String, chat: Chat) {
    // Instances of the Cloud API type always say `fromMe: false`.
    isOurs = key.flag("fromMe") || target.hasPrefix("wamid.")
    participant = chat.isGroup ? Person([key.identifier("participant"), key.identifier("participantAlt")]) : nil
    var chat = chat
    if chat.isGroup { chat.person = participant }
    self.chat = chat
  }
}
