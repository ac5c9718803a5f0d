import HubModel
import OrderedJSON

/// Contact cards in a message: `messages[].contacts`, not to be taken for the senders in `value.contacts`.
enum ContactCards {
  static func read(_ element: JSONObject) -> MessageContent? {
    guard element["contacts"]?.array != nil else { return nil }
    var content = MessageContent(.contacts)
    content.contacts = .array(element.objects("contacts").map { .object(card($0)) })
    return content
  }

  private static func card(_ card: JSONObject) -> JSONObject {
    let vcard = card.identifier("vcard").map(VCard.init)
    var phones = card.objects("phones").compactMap { $0.identifier("phone") ?? $0.identifier("wa_id") }
    if phones.isEmpty, let vcard { phones = vcard.phones }
    var result: JSONObject = [
      "name": .string(name(card) ?? vcard?.name ?? phones.first ?? ""), "phones": .array(phones.map(JSONValue.string)),
    ]
    for key in ["emails", "addresses", "org", "urls", "birthday", "origin", "vcard"] { result.add(key, card[key]) }
    return result
  }

  private static func name(_ card: JSONObject) -> String? {
    guard let name = card.object("name") else { return nil }
    if let formatted = name.identifier("formatted_name") { return formatted }
    let parts = ["first_name", "middle_name", "last_name"].compactMap { name.identifier($0) }
    return parts.isEmpty ? nil : parts.joined(separator: " ")
  }
}
