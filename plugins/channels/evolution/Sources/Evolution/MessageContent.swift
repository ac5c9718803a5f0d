import HubModel
import OrderedJSON

/// What a message says.
struct MessageContent {
  /// The canonical types that this provider gives.
  enum Kind: String {
    case text, image, video, audio, document, sticker, location, contacts, interactive, order, poll, system, unsupported
  }

  let kind: Kind
  var text: String?
  var caption: String?
  var isVoice = false
  var isViewOnce = false
  var media: JSONValue?
  var location: JSONValue?
  var contacts: JSONValue?
  var interactive: JSONValue?
  var context = Quoting()
  /// Members beyond those every message has: `poll`, `order`, `preview`, `unsupportedType`.
  var more = JSONObject()
  /// What is kept as `raw`, because not all of it was understood.
  var raw: JSONValue?

  init(_ kind: Kind) { self.kind = kind }

  static func conversation(_ value: JSONValue, of whole: Unwrapped) -> MessageContent? {
    guard let text = value.string else { return nil }
    if whole.isButtonText { return Interactive.answer("button", id: nil, title: text) }
    var content = MessageContent(.text)
    content.text = text
    return content
  }

  static func extendedText(_ member: JSONObject) -> MessageContent? {
    guard let text = member["text"]?.string else { return nil }
    var content = MessageContent(.text)
    content.text = text
    var preview = JSONObject()
    preview.add("url", text: member.identifier("matchedText"))
    preview.add("title", text: member.identifier("title"))
    preview.add("description", text: member.identifier("description"))
    if preview.isEmpty == false { content.more.append("preview", .object(preview)) }
    return content
  }

  static func location(_ member: JSONObject, isLive: Bool) -> MessageContent? {
    guard let latitude = member.number("degreesLatitude") ?? member.number("latitude"),
      let longitude = member.number("degreesLongitude") ?? member.number("longitude")
    else { return nil }
    var location: JSONObject = ["latitude": .number(latitude), "longitude": .number(longitude)]
    location.add("name", text: member.identifier("name"))
    location.add("address", text: member.identifier("address"))
    location.raise("live", isLive || member.flag("isLive"))
    var content = MessageContent(.location)
    content.location = .object(location)
    content.caption = member.identifier("caption")
    return content
  }

  static func cards(_ members: [JSONObject]) -> MessageContent {
    var content = MessageContent(.contacts)
    content.contacts = .array(
      members.map { member in
        let card = VCard(member.identifier("vcard") ?? "")
        let name = member.identifier("displayName") ?? card.name ?? card.phones.first ?? ""
        return ["name": .string(name), "phones": .array(card.phones.map(JSONValue.string))]
      })
    return content
  }

  static func poll(_ member: JSONObject) -> MessageContent {
    var content = MessageContent(.poll)
    content.text = member.identifier("name")
    let options = member.objects("options").compactMap { $0.identifier("optionName") }
    var poll: JSONObject = ["options": .array(options.map(JSONValue.string))]
    poll.add("selectable", member.wireInteger("selectableOptionsCount").map { .number(JSONNumber($0)) })
    content.more.append("poll", .object(poll))
    return content
  }

  static func unsupported(_ message: JSONObject, named name: String) -> MessageContent {
    var content = MessageContent(.unsupported)
    content.more.append("unsupportedType", .string(name))
    content.raw = .object(message)
    return content
  }

  static func event(_ member: JSONObject, in message: JSONObject) -> MessageContent {
    var content = unsupported(message, named: "eventMessage")
    content.text = member.identifier("name")
    return content
  }
}
