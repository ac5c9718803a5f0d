import HubModel
import OrderedJSON

/// The members of the canonical model that message lists give.
extension BodyWriter {
  /// `message`, with every member the model names; `context` and `referral` are read from the element.
  mutating func message(_ content: MessageContent, of frame: MessageFrame, _ element: JSONObject) {
    let context = element.object("context")
    let frequently = context?.flag("frequently_forwarded") ?? false
    object("message") { body in
      body.text("providerMessageId", frame.target)
      body.text("direction", frame.isOutbound ? "outbound" : "inbound")
      body.text("type", content.type.rawValue)
      body.textOrNull("text", content.text)
      body.textOrNull("caption", content.caption)
      body.text("status", frame.status.rawValue)
      body.time("timestamp", milliseconds: frame.timeMs)
      body.textOrNull("replyTo", context?.identifier("id"))
      body.flag("forwarded", frequently || context?.flag("forwarded") ?? false)
      body.flag("voice", content.voice)
      body.flag("viewOnce", false)
      body.valueOrNull("media", content.media)
      body.valueOrNull("location", content.location)
      body.valueOrNull("contacts", content.contacts)
      body.valueOrNull("interactive", content.interactive)
      body.null("reaction")
      body.author(of: frame, orNull: true)
      body.text("origin", String(describing: frame.origin))
      if frequently { body.flag("frequentlyForwarded", true) }
      body.valueIfAny("referredProduct", context?.object("referred_product").map(Self.product))
      body.valueIfAny("referral", element.object("referral").map(Referral.read))
      body.members(of: content.more)
      body.valueIfAny("errors", ProviderErrors.read(element))
    }
  }

  /// `history`: what a placeholder lacked.
  mutating func historyMedia(_ content: MessageContent, of frame: MessageFrame) {
    object("history") { body in
      body.text("target", frame.target)
      body.text("type", content.type.rawValue)
      body.textIfAny("caption", content.caption)
      body.valueIfAny("media", content.media)
    }
  }

  /// `reaction`: an emoji that is empty or absent takes the reaction back.
  mutating func reaction(_ reaction: JSONObject, target: String, of frame: MessageFrame) {
    let emoji = reaction.identifier("emoji")
    object("reaction") { body in
      body.text("target", target)
      body.textIfAny("emoji", emoji)
      body.flag("removed", emoji == nil)
      body.act(of: frame)
    }
  }

  /// `edit`: the new content of the message `target`.
  mutating func edit(_ edit: JSONObject, target: String, of frame: MessageFrame) {
    let message = edit.object("message") ?? JSONObject()
    var ignored = ParsedWebhook()
    let content = MessageContent(message, type: message.identifier("type") ?? "text", unfamiliar: &ignored)
    object("edit") { body in
      body.text("target", target)
      body.textIfAny("text", content.text)
      body.textIfAny("caption", content.caption)
      body.text("type", content.type.rawValue)
      body.valueIfAny("media", content.media)
      body.act(of: frame)
    }
    if content.keepsRaw { value("raw", .object(edit)) }
  }

  /// `delete`: the message `target` was taken back.
  mutating func deletion(target: String, of frame: MessageFrame) {
    object("delete") { body in
      body.text("target", target)
      body.act(of: frame)
    }
  }

  /// Who did it and when.
  private mutating func act(of frame: MessageFrame) {
    text("direction", frame.isOutbound ? "outbound" : "inbound")
    time("timestamp", milliseconds: frame.timeMs)
    author(of: frame, orNull: false)
  }

  private mutating func author(of frame: MessageFrame, orNull: Bool) {
    if let author = frame.author { author.write("author", to: &self) } else if orNull { null("author") }
  }

  private static func product(_ product: JSONObject) -> JSONValue {
    var result = JSONObject()
    result.add("catalogId", text: product.identifier("catalog_id"))
    result.add("productId", text: product.identifier("product_retailer_id"))
    return .object(result)
  }
}
