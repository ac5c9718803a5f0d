import OrderedJSON

/// What a message holds, from what the control API was told or a send asked for.
struct EvolutionContent {
  /// The object `message`.
  var message: JSONObject
  var type: String
  var contextInfo: JSONValue = .null
  var file: (bytes: [UInt8], type: String, name: String)?

  /// A text, as the server rewrites it.
  init(text: String) {
    message = ["conversation": .string(text)]
    type = "conversation"
  }

  /// A file; the bytes beside it are as many as WhatsApp's.
  init(_ kind: String, bytes: [UInt8], mimeType: String, name: String?, caption: String?, more: JSONObject = [:], random: inout FakeRandom)
  {
    func some(_ count: Int) -> JSONValue { WireValue.bytes((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }) }
    var content: JSONObject = [
      "url": .string("https://mmg.whatsapp.net/v/t62.7118-24/\(random.digits(15))_n.enc"), "mimetype": .string(mimeType),
      "fileSha256": WireValue.bytes(Encodings.sha256(bytes)), "fileLength": WireValue.long(Int64(bytes.count)), "mediaKey": some(32),
      "fileEncSha256": some(32),
    ]
    if let caption, caption.isEmpty == false { content["caption"] = .string(caption) }
    if kind == "document" {
      content["fileName"] = .string(name ?? "sample.pdf")
      content["title"] = .string(name ?? "sample.pdf")
    }
    if kind == "image" || kind == "video" { content["jpegThumbnail"] = some(64) }
    for member in more { content[member.key] = member.value }
    type = "\(kind)Message"
    message = [type: .object(content)]
    file = (bytes, mimeType, name ?? "\(kind).bin")
  }

  init(type: String, _ content: JSONValue) {
    self.type = type
    message = [type: content]
  }

  /// What a customer sends.
  init(_ json: JSONObject, random: inout FakeRandom) throws(ControlProblem) {
    let kind = json["type"]?.string ?? "text"
    let text = json["text"]?.string
    if let given = json["message"]?.object {
      let type = given.keys.first { $0.contains("Message") } ?? "conversation"
      self.init(type: type, given[type] ?? .null)
      message = given
    } else {
      switch kind {
      case "text": self.init(text: text ?? "Olá!")
      case "image", "video", "audio", "document", "sticker":
        guard let bytes = json["base64"]?.string.map({ Encodings.bytes(base64: $0) }) ?? SampleFile.bytes(of: kind) else {
          throw ControlProblem(text: "base64 is none")
        }
        let usual = ["image": "image/png", "video": "video/mp4", "audio": "audio/ogg; codecs=opus", "document": "application/pdf"][kind]
        let more: JSONObject = kind == "audio" ? ["seconds": 3, "ptt": json["voice"] ?? true] : [:]
        self.init(
          kind, bytes: bytes, mimeType: json["mimeType"]?.string ?? usual ?? "image/webp", name: json["fileName"]?.string, caption: text,
          more: more, random: &random)
      case "location":
        self.init(
          type: "locationMessage", ["degreesLatitude": -23.5614, "degreesLongitude": -46.6559, "name": .string(text ?? "Paulista")])
      case "contacts":
        let name = text ?? "Jussara Lima"
        let card = "BEGIN:VCARD\nVERSION:3.0\nFN:\(name)\nTEL;type=CELL;waid=5511991230002:+55 11 99123-0002\nEND:VCARD"
        self.init(type: "contactMessage", ["displayName": .string(name), "vcard": .string(card)])
      case "interactive":
        self.init(
          type: "buttonsResponseMessage",
          ["selectedButtonId": json["button"] ?? "sample", "selectedDisplayText": .string(text ?? "Sim"), "type": 1])
      case "poll":
        let options: [JSONValue] = (json["options"]?.array ?? ["Sim", "Não"]).map { ["optionName": $0] }
        self.init(
          type: "pollCreationMessageV3", ["name": .string(text ?? "Vamos?"), "options": .array(options), "selectableOptionsCount": 1])
      default:
        throw ControlProblem(
          text: "type is one of text, image, video, audio, document, sticker, location, contacts, interactive, poll, reaction, edit, revoke"
        )
      }
    }
    var context: JSONObject = ["deviceListMetadata": ["senderTimestamp": WireValue.long(1_767_600_000)], "deviceListMetadataVersion": 2]
    if json["bytes"]?.bool ?? true {
      context["messageSecret"] = WireValue.bytes((0..<32).map { _ in UInt8.random(in: 0...255, using: &random) })
    } else {
      context = ["deviceListMetadataVersion": 2]
    }
    message["messageContextInfo"] = .object(context)
    if let target = json["replyTo"]?.string {
      contextInfo = [
        "stanzaId": .string(target), "participant": json["replyAuthor"] ?? "5511940001000@s.whatsapp.net",
        "quotedMessage": ["conversation": ""],
      ]
    }
  }
}
