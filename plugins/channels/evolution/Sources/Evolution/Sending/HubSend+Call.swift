import HubPluginSDK
import OrderedJSON

/// What is to be sent as a call of the server.
extension HubSend {
  /// Throws `unsupported` or `invalid` for what the server has no call for.
  ///
  /// - Parameter previewsLinks: whether a text that asks for a preview of its link gets one.
  func call(previewsLinks: Bool) throws(HubError) -> RESTCall {
    switch content {
    case .text(let text, let wantsPreview):
      // Left to itself the server fetches every link.
      let preview = JSONValue.bool(previewsLinks && wantsPreview == true)
      return post("sendText", quoting(["number": number, "text": .string(text), "linkPreview": preview]))
    case .media(let media): return try call(media)
    case .location(let location): return post("sendLocation", quoting(Self.body(location, number)))
    case .contacts(let contacts): return post("sendContact", quoting(["number": number, "contact": try Self.cards(contacts)]))
    case .interactive(let interactive): return try call(interactive)
    case .reaction(let reaction):
      return post("sendReaction", ["key": key(of: reaction.target), "reaction": .string(reaction.emoji ?? "")])
    case .template(let template):
      var body: JSONObject = ["number": number]
      for member in template { body.append(member.key, member.key == "language" ? member.value["code"] ?? member.value : member.value) }
      return post("sendTemplate", body)
    case .poll(let question, let options, let selectable):
      guard (2...10).contains(options.count), Set(options).count == options.count, (0...10).contains(selectable) else {
        throw HubError(.invalid, "a poll has 2 to 10 different options, of which 0 to 10 may be chosen")
      }
      return post(
        "sendPoll",
        quoting([
          "number": number, "name": .string(question), "selectableCount": .number(JSONNumber(Int64(selectable))),
          "values": .array(options.map(JSONValue.string)),
        ]))
    }
  }

  var number: JSONValue { .string(recipient.key) }

  func post(_ name: String, _ body: JSONObject, file: (member: String, upload: String)? = nil) -> RESTCall {
    RESTCall(post: "/message/" + name, instance: account, body, file: file)
  }

  /// The same as an answer to a message, when it is one.
  func quoting(_ body: JSONObject) -> JSONObject {
    guard let replyTo else { return body }
    var body = body
    // Without the message the server looks the original up.
    body.append("quoted", ["key": key(of: replyTo)])
    return body
  }

  private func key(of reference: HubMessageReference) -> JSONValue {
    Address.key(of: reference, in: recipient.key, isGroup: recipient.isGroup)
  }

  /// The server wants name and address even where there are none.
  private static func body(_ location: HubLocation, _ number: JSONValue) -> JSONObject {
    let (latitude, longitude) = (JSONNumber(location.latitude), JSONNumber(location.longitude))
    let name = location.name ?? location.address ?? "\(latitude.text), \(longitude.text)"
    return [
      "number": number, "latitude": .number(latitude), "longitude": .number(longitude), "name": .string(name),
      "address": .string(location.address ?? name),
    ]
  }

  /// A card of the server has one phone: somebody with several gets several.
  private static func cards(_ contacts: [JSONObject]) throws(HubError) -> JSONValue {
    var cards: [JSONValue] = []
    for contact in contacts {
      let phones = contact["phones"]?.array?.compactMap { $0.string ?? $0["phone"]?.string } ?? []
      guard phones.isEmpty == false else { throw HubError(.invalid, "a contact without a phone can't be sent") }
      let name = contact.identifier("name")
      for phone in phones {
        var card: JSONObject = ["fullName": .string(name ?? phone), "phoneNumber": .string(phone)]
        for member in ["organization", "email", "url"] { card.add(member, text: contact.identifier(member)) }
        cards.append(.object(card))
      }
    }
    guard cards.isEmpty == false else { throw HubError(.invalid, "message.contacts is empty") }
    return .array(cards)
  }
}

extension Address {
  /// The key of a message.
  static func key(of reference: HubMessageReference, in conversation: String, isGroup: Bool) -> JSONValue {
    var key: JSONObject = [
      "remoteJid": .string(jid(conversation)), "fromMe": .bool(reference.isFromUs), "id": .string(reference.providerMessageID),
    ]
    if isGroup, let author = reference.author { key.append("participant", .string(jid(author))) }
    return .object(key)
  }
}
