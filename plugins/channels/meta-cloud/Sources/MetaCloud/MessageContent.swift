import OrderedJSON

/// What a message says, by its type.
struct MessageContent {
  /// The canonical message types that this provider gives.
  enum Kind: String {
    case text, image, video, audio, document, sticker, location, contacts, interactive, order, system, unsupported
  }

  var type: Kind
  var text: String?
  var caption: String?
  var voice = false
  var media: JSONValue?
  var location: JSONValue?
  var contacts: JSONValue?
  var interactive: JSONValue?
  /// Members beyond the ones every message has: `order`, `system`, `unsupportedType`.
  var more = JSONObject()
  /// Whether the provider's element is kept beside the event, because not all of it was understood.
  var keepsRaw = false

  init(_ type: Kind) { self.type = type }

  /// Reads the member named like the type. A known type whose member is missing or broken is unsupported, not lost.
  init(_ element: JSONObject, type: String, unfamiliar parsed: inout ParsedWebhook) {
    let member = element.object(type)
    let content: MessageContent?
    switch type {
    case "text": content = member.flatMap(Self.text)
    case "image": content = member.map { .media(.image, $0) }
    case "video": content = member.map { .media(.video, $0) }
    case "audio", "voice": content = member.map { .media(.audio, $0) }
    case "document": content = member.map { .media(.document, $0) }
    case "sticker": content = member.map { .media(.sticker, $0) }
    case "location": content = member.flatMap(Self.location)
    case "contacts": content = ContactCards.read(element)
    case "interactive": content = member.flatMap { Interactive.read($0, unfamiliar: &parsed) }
    case "button": content = member.map(Interactive.button)
    case "order": content = member.map(Self.order)
    case "system": content = member.map { .system($0, element) }
    case "request_welcome": content = .welcome
    case "media_placeholder": content = .placeholder
    case "unsupported", "": content = nil
    default:
      parsed.note(.messageType(type))
      content = nil
    }
    self = content ?? .unsupported(element, type: type)
  }

  private static func text(_ member: JSONObject) -> MessageContent? {
    guard let body = member.text("body") else { return nil }
    var content = MessageContent(.text)
    content.text = body
    return content
  }

  private static func location(_ member: JSONObject) -> MessageContent? {
    guard let latitude = member.number("latitude"), let longitude = member.number("longitude") else { return nil }
    var location: JSONObject = ["latitude": .number(latitude), "longitude": .number(longitude)]
    location.add("name", text: member.identifier("name"))
    location.add("address", text: member.identifier("address"))
    location.add("url", text: member.identifier("url"))
    var content = MessageContent(.location)
    content.location = .object(location)
    return content
  }

  private static func order(_ member: JSONObject) -> MessageContent {
    var order = JSONObject()
    order.add("catalogId", text: member.identifier("catalog_id"))
    let items = member.objects("product_items").map { item in
      var result = JSONObject()
      result.add("productId", text: item.identifier("product_retailer_id"))
      result.add("quantity", item.number("quantity").map(JSONValue.number))
      result.add("price", item.number("item_price").map(JSONValue.number))
      result.add("currency", text: item.identifier("currency"))
      return JSONValue.object(result)
    }
    order.append("items", .array(items))
    var content = MessageContent(.order)
    content.text = member.identifier("text")
    content.more.append("order", .object(order))
    return content
  }

  /// A change of number or identity, or a note of the platform. The new ids stand in `system`, the old one is the sender.
  private static func system(_ member: JSONObject, _ element: JSONObject) -> MessageContent {
    var system = JSONObject()
    system.add("kind", text: member.identifier("type"))
    let phone = member.identifier("wa_id") ?? member.identifier("new_wa_id")
    system.add("phone", text: phone.flatMap(Person.digits))
    system.add("userId", text: member.identifier("user_id"))
    system.add("identity", (member.object("identity") ?? element.object("identity")).map(JSONValue.object))
    var content = MessageContent(.system)
    content.text = member.identifier("body")
    content.more.append("system", .object(system))
    return content
  }

  private static var welcome: MessageContent {
    var content = MessageContent(.system)
    content.more.append("system", ["kind": "request_welcome"])
    return content
  }

  /// Media of a history that is not sent again; there may be thousands, and nothing is in them.
  private static var placeholder: MessageContent {
    var content = MessageContent(.unsupported)
    content.more.append("unsupportedType", "media_placeholder")
    return content
  }

  private static func unsupported(_ element: JSONObject, type: String) -> MessageContent {
    var content = MessageContent(.unsupported)
    content.keepsRaw = true
    content.more.add("unsupportedType", text: element.object("unsupported")?.identifier("type") ?? (type.isEmpty ? nil : type))
    return content
  }
}
