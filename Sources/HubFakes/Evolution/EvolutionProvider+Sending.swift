import OrderedJSON

/// `POST /message/…`: what is sent comes back as `send.message`, before the answer.
extension EvolutionProvider {
  mutating func send(_ verb: String, _ call: FakeCall, _ instance: EvolutionInstance, now: Moment) throws(EvolutionError) -> FakeReply {
    guard let body = call.json?.object else { throw EvolutionError(400, text: "The body is not JSON") }
    if verb == "sendReaction" { return try react(body, instance, now: now) }
    guard let number = body["number"]?.string, number.isEmpty == false else {
      throw EvolutionError(400, [["instance requires property \"number\""]])
    }
    let chat = WhatsAppAddress.chat(number)
    if strangers.contains(WhatsAppAddress.user(chat)) || strangers.contains(number) {
      throw EvolutionError(400, [["jid": .string(chat), "exists": false, "number": .string(number)]])
    }
    let content = try content(verb, body)
    guard instance.state == "open" else { throw EvolutionError(400, text: "Connection Closed") }
    return deliver(verb, body, content, to: chat, instance, now: now)
  }

  private mutating func react(_ body: JSONObject, _ instance: EvolutionInstance, now: Moment) throws(EvolutionError) -> FakeReply {
    guard let key = body["key"]?.object, let chat = key["remoteJid"]?.string, key["id"]?.string != nil, key["fromMe"]?.bool != nil,
      let emoji = body["reaction"]?.string
    else { throw EvolutionError(400, [["instance requires property \"key\""]]) }
    guard emoji.count <= 1, emoji.allSatisfy({ !$0.isASCII }) else {
      throw EvolutionError(400, text: "Reaction must be a single emoji or empty string")
    }
    guard instance.state == "open" else { throw EvolutionError(400, text: "Connection Closed") }
    let content = EvolutionContent(type: "reactionMessage", ["key": .object(key), "text": .string(emoji)])
    return deliver("sendReaction", body, content, to: chat, instance, now: now)
  }

  private mutating func deliver(
    _ verb: String, _ body: JSONObject, _ content: EvolutionContent, to chat: String, _ instance: EvolutionInstance, now: Moment
  ) -> FakeReply {
    var content = content
    if let quoted = body["quoted"]?["key"]?["id"]?.string {
      content.contextInfo = ["stanzaId": .string(quoted), "quotedMessage": body["quoted"]?["message"] ?? ["conversation": ""]]
    }
    let id = "3EB0" + random.hex(16)
    let data = message(content, chat: chat, id: id, isOurs: true, name: "Você", state: "PENDING", now: now, instance: instance)
    store(data, content, now: now, of: instance.name)
    instances[instance.name]?.watched.insert(chat)
    note([
      "kind": "message", "id": .string(id), "at": .number(JSONNumber(now)), "instance": .string(instance.name), "to": .string(chat),
      "call": .string(verb), "body": .object(body), "statuses": [],
    ])
    plan(id, Self.states, of: instance.name, now: now)
    let line = "← \(verb) to \(WhatsAppAddress.user(chat)): \(body["text"]?.string ?? body["caption"]?.string ?? content.type)"
    return FakeReply(
      answer: .json(201, WireValue.plain(.object(data))),
      effects: [.say(line)] + tell("send.message", .object(data), of: instance.name, now: now))
  }

  /// The object of section 3.1 of the reference.
  func message(
    _ content: EvolutionContent, chat: String, id: String, isOurs: Bool, name: String?, state: String, now: Moment,
    instance: EvolutionInstance
  ) -> JSONObject {
    [
      "key": ["remoteJid": .string(chat), "fromMe": .bool(isOurs), "id": .string(id)], "pushName": name.map { .string($0) } ?? .null,
      "status": .string(state), "message": .object(content.message), "contextInfo": content.contextInfo,
      "messageType": .string(content.type),
      "messageTimestamp": .number(JSONNumber(now / 1000)), "instanceId": .string(instance.id), "source": isOurs ? "web" : "ios",
    ]
  }

  mutating func store(_ data: JSONObject, _ content: EvolutionContent, now: Moment, of name: String) {
    guard options.storesMessages else { return }
    let row = "cmk" + random.text(22, of: "0123456789abcdefghijklmnopqrstuvwxyz")
    let states = data["status"]?.string.map { [$0] } ?? []
    let message = EvolutionInstance.Stored(row: row, data: data, states: states, stored: now + options.storeDelay, file: content.file)
    instances[name]?.messages.append(message)
    keep(message, of: name)
  }

  // MARK: Content

  private mutating func content(_ verb: String, _ body: JSONObject) throws(EvolutionError) -> EvolutionContent {
    func text(_ name: String) throws(EvolutionError) -> String {
      guard let text = body[name]?.string, text.isEmpty == false else {
        throw EvolutionError(400, [[.string("instance requires property \"\(name)\"")]])
      }
      return text
    }
    switch verb {
    case "sendText": return EvolutionContent(text: try text("text"))
    case "sendMedia":
      let kind = try text("mediatype")
      guard ["image", "video", "document", "audio"].contains(kind) else {
        throw EvolutionError(400, [["mediatype is not one of enum values"]])
      }
      return try file(kind, try text("media"), body)
    case "sendWhatsAppAudio": return try file("audio", try text("audio"), body, ["ptt": true, "seconds": 3])
    case "sendPtv": return try file("ptv", try text("video"), body)
    case "sendSticker": return try file("sticker", try text("sticker"), body)
    case "sendLocation":
      guard let latitude = body["latitude"], latitude.number != nil, let longitude = body["longitude"], longitude.number != nil else {
        throw EvolutionError(400, [["instance requires property \"latitude\""]])
      }
      return EvolutionContent(
        type: "locationMessage",
        [
          "degreesLatitude": latitude, "degreesLongitude": longitude, "name": .string(try text("name")),
          "address": .string(try text("address")),
        ])
    case "sendContact":
      guard let cards = body["contact"]?.array, cards.isEmpty == false,
        cards.allSatisfy({ $0["fullName"]?.string != nil && $0["phoneNumber"]?.string != nil })
      else { throw EvolutionError(400, [["instance requires property \"contact\""]]) }
      let written: [JSONValue] = cards.map { card in
        let name = card["fullName"]?.string ?? ""
        return [
          "displayName": .string(name),
          "vcard": .string("BEGIN:VCARD\nVERSION:3.0\nFN:\(name)\nTEL:\(card["phoneNumber"]?.string ?? "")\nEND:VCARD"),
        ]
      }
      guard written.count > 1 else { return EvolutionContent(type: "contactMessage", written[0]) }
      return EvolutionContent(
        type: "contactsArrayMessage", ["displayName": .string("\(written.count) contacts"), "contacts": .array(written)])
    case "sendPoll":
      let values = body["values"]?.array?.compactMap(\.string) ?? []
      guard (2...10).contains(values.count), Set(values).count == values.count, let most = body["selectableCount"]?.int64,
        (0...10).contains(most)
      else { throw EvolutionError(400, [["values takes 2 to 10 unique items"]]) }
      return EvolutionContent(
        type: "pollCreationMessageV3",
        [
          "name": .string(try text("name")), "options": .array(values.map { ["optionName": .string($0)] }),
          "selectableOptionsCount": .number(JSONNumber(most)),
        ])
    case "sendList":
      guard let sections = body["sections"]?.array, sections.isEmpty == false else {
        throw EvolutionError(400, [["instance requires property \"sections\""]])
      }
      return EvolutionContent(
        type: "listMessage",
        [
          "title": .string(try text("title")), "description": body["description"] ?? .null, "buttonText": .string(try text("buttonText")),
          "footerText": .string(try text("footerText")), "sections": .array(sections),
        ])
    case "sendButtons":
      guard let buttons = body["buttons"]?.array, buttons.isEmpty == false else {
        throw EvolutionError(400, [["instance requires property \"buttons\""]])
      }
      return EvolutionContent(
        type: "interactiveMessage", ["body": ["text": .string(try text("title"))], "nativeFlowMessage": ["buttons": .array(buttons)]])
    case "sendStatus": return EvolutionContent(text: try text("content"))
    case "sendTemplate": throw EvolutionError(400, text: "Method not available in the Baileys service")
    default: throw EvolutionError(404, [.string("Cannot POST /message/\(verb)")])
    }
  }

  /// A file by its address, or bare base64.
  private mutating func file(_ kind: String, _ media: String, _ body: JSONObject, _ more: JSONObject = [:]) throws(EvolutionError)
    -> EvolutionContent
  {
    let name = body["fileName"]?.string
    let isAddress = media.hasPrefix("http://") || media.hasPrefix("https://")
    let bytes = isAddress ? Array(media.utf8) : Encodings.bytes(base64: media)
    guard let bytes else { throw EvolutionError(400, text: "Owned media must be a url or base64") }
    if kind == "document", !isAddress, name == nil { throw EvolutionError(400, text: "For base64 the file name must be informed.") }
    let usual = [
      "image": "image/png", "video": "video/mp4", "ptv": "video/mp4", "audio": "audio/ogg; codecs=opus", "sticker": "image/webp",
    ][kind]
    return EvolutionContent(
      kind, bytes: bytes, mimeType: body["mimetype"]?.string ?? usual ?? "application/octet-stream", name: name,
      caption: body["caption"]?.string,
      more: more, random: &random)
  }
}
