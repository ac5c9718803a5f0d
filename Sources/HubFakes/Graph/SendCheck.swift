import OrderedJSON

/// What `POST /{number}/messages` takes, and what it refuses.
struct SendCheck {
  /// A message that may be sent.
  struct Send: Sendable, Equatable {
    /// Digits, or a business-scoped user id.
    let to: String
    let isUserID: Bool
    let isGroup: Bool
    let type: String
    let content: JSONValue
    let callbackData: String?
  }

  static let types = [
    "text", "image", "video", "audio", "document", "sticker", "location", "contacts", "reaction", "interactive", "template",
  ]
  static let media = ["image", "video", "audio", "document", "sticker"]

  let body: JSONObject

  func send() throws(GraphError) -> Send {
    guard body["messaging_product"]?.string == "whatsapp" else { throw GraphError(100, "The parameter messaging_product is required.") }
    let isGroup = body["recipient_type"]?.string == "group"
    let to = body["to"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    guard let name = to ?? body["recipient"]?.string else { throw GraphError(100, "The parameter to is required.") }
    let isUserID = to == nil
    let digits = PhoneDigits.of(name)
    if !isUserID, !isGroup, !(5...20).contains(digits.count) || name.contains(where: \.isLetter) {
      throw GraphError(131_009, "Parameter 'to' is not a valid WhatsApp number.")
    }
    let type = body["type"]?.string ?? "text"
    guard Self.types.contains(type) else {
      throw GraphError(100, "Param type must be one of {\(Self.types.joined(separator: ", ").uppercased())}")
    }
    guard let content = body[type] else { throw GraphError(131_008, "Parameter '\(type)' is mandatory for type '\(type)'") }
    let data = body["biz_opaque_callback_data"]?.string
    if let data, data.utf8.count > 512 { throw GraphError(100, "Param biz_opaque_callback_data must be at most 512 characters long.") }
    if let context = body["context"], context["message_id"]?.string?.isEmpty ?? true {
      throw GraphError(131_008, "Parameter 'message_id' is mandatory in 'context'")
    }
    try check(type, content)
    return Send(
      to: isUserID || isGroup ? name : digits, isUserID: isUserID, isGroup: isGroup, type: type, content: content, callbackData: data)
  }

  private func check(_ type: String, _ content: JSONValue) throws(GraphError) {
    switch type {
    case "text": try Self.check(content["body"], "text['body']", 1...4096)
    case "location":
      guard content["latitude"]?.number != nil, content["longitude"]?.number != nil else {
        throw GraphError(131_008, "latitude and longitude are mandatory in 'location'")
      }
    case "contacts":
      guard let cards = content.array, cards.isEmpty == false else { throw GraphError(131_008, "Param contacts must be a non-empty array") }
      for card in cards {
        guard let name = card["name"]?.object, name["formatted_name"]?.string != nil, name.count > 1 else {
          throw GraphError(131_009, "name.formatted_name and one more part of the name are mandatory in 'contacts'")
        }
      }
    case "reaction":
      guard content["message_id"]?.string?.isEmpty == false, let emoji = content["emoji"]?.string else {
        throw GraphError(131_008, "message_id and emoji are mandatory in 'reaction'")
      }
      if emoji.count > 1 || emoji.unicodeScalars.contains(where: { $0.isASCII && $0.properties.isAlphabetic }) {
        throw GraphError(131_009, "Param reaction['emoji'] must be one emoji")
      }
    case "template":
      guard content["name"]?.string?.isEmpty == false, content["language"]?["code"]?.string?.isEmpty == false else {
        throw GraphError(131_008, "name and language.code are mandatory in 'template'")
      }
    case "interactive": try InteractiveCheck(content: content).check()
    default: try checkMedia(type, content)
    }
  }

  private func checkMedia(_ type: String, _ content: JSONValue) throws(GraphError) {
    let (id, link) = (content["id"]?.string, content["link"]?.string)
    guard (id == nil) != (link == nil) else { throw GraphError(131_008, "Either 'id' or 'link' is mandatory in '\(type)'") }
    if let link, !link.hasPrefix("http://"), !link.hasPrefix("https://") {
      throw GraphError(131_009, "Param \(type)['link'] is not a valid URI")
    }
    guard let caption = content["caption"] else { return }
    guard type != "audio", type != "sticker" else { throw GraphError(100, "Unexpected key \"caption\" on param \"\(type)\"") }
    try Self.check(caption, "\(type)['caption']", 0...1024)
  }

  static func check(_ value: JSONValue?, _ name: String, _ lengths: ClosedRange<Int>) throws(GraphError) {
    guard let text = value?.string else { throw GraphError(131_008, "Param \(name) is required and must be a string") }
    guard lengths.contains(text.unicodeScalars.count) else {
      throw GraphError(100, "Param \(name) must be between \(lengths.lowerBound) and \(lengths.upperBound) characters long.")
    }
  }
}

extension JSONValue {
  /// A number, or a text that is one.
  var number: Double? { double ?? string.flatMap { Double($0) } }
}
