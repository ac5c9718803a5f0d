import HubModel
import OrderedJSON

/// `groups.*`, `group-participants.update` and `call` (reference 1.6).
extension Envelope {
  func read(group element: JSONObject, into parsed: inout ParsedEnvelope) {
    append(group: element, word: event.hasSuffix("upsert") ? "upsert" : "update", into: &parsed) { group in
      group.add("subject", text: element.identifier("subject"))
      group.add("description", text: element.identifier("desc"))
      group.add("owner", Person([element.identifier("owner"), element.identifier("ownerPn")])?.json)
      group.add("announce", element["announce"]?.bool.map(JSONValue.bool))
      group.add("restrict", element["restrict"]?.bool.map(JSONValue.bool))
      if element["participants"]?.array != nil {
        group.append("participants", .array(element.objects("participants").compactMap(Self.member)))
      }
    }
  }

  func read(participants element: JSONObject, into parsed: inout ParsedEnvelope) {
    append(group: element, word: "participants", into: &parsed) { group in
      group.add("action", text: element.identifier("action"))
      group.add("author", Person([element.identifier("author"), element.identifier("authorPn")])?.json)
      let known = element.objects("participantsData").compactMap(Self.member)
      let listed = (element["participants"]?.array ?? []).compactMap { participant in
        participant.object.flatMap(Self.member) ?? Person([participant.string])?.json
      }
      group.append("participants", .array(known.isEmpty ? listed : known))
    }
  }

  private func append(
    group element: JSONObject, word: JSONValue, into parsed: inout ParsedEnvelope, _ fill: (inout JSONObject) -> Void
  ) {
    guard let jid = JID(element.identifier("id")), jid.sort == .group else { return parsed.drop(.noChat) }
    parsed.events.append(
      event(.group, id: Fingerprint.of(.object(element), in: self), in: Chat(group: jid, name: element.identifier("subject"))) { body in
        var group: JSONObject = ["event": word, "id": .string(jid.text)]
        fill(&group)
        body.append("group", .object(group))
      })
  }

  /// A member of a group, with rank.
  private static func member(_ element: JSONObject) -> JSONValue? {
    let addresses = ["phoneNumber", "jid", "id", "lid"].map { element.identifier($0) }
    guard var person = Person(addresses) else { return nil }
    person.take(name: element.identifier("name"))
    person.avatar = element.identifier("imgUrl")
    guard var object = person.json.object else { return nil }
    object.add("admin", text: element.identifier("admin"))
    return .object(object)
  }

  func read(call element: JSONObject, into parsed: inout ParsedEnvelope) {
    // Sockets are sent the signals below a call too.
    if element.identifier("event")?.hasPrefix("CB:") == true { return parsed.drop(.callSignal) }
    guard let id = element.identifier("id"), let status = element.identifier("status") else { return parsed.drop(.malformedElement) }
    let caller = [element.identifier("from"), element.identifier("callerPn")]
    let address = element.identifier("groupJid") ?? element.identifier("chatId") ?? caller[0]
    guard let chat = parsed.chat(Chat.at(address, aliases: caller, member: Person(caller))) else { return }
    parsed.events.append(
      event(.call, id: "\(id):\(status)", in: chat, timeMs: Moment.read(element, "date")) { body in
        var call: JSONObject = ["id": .string(id), "status": .string(status)]
        call.append("video", .bool(element.flag("isVideo")))
        call.append("group", .bool(element.flag("isGroup")))
        // Old news: it rang while the instance was away.
        call.append("offline", .bool(element.flag("offline")))
        body.append("call", .object(call))
      })
  }
}
