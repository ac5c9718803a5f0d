import HubPluginSDK
import OrderedJSON

/// Contact cards: the canonical `{name, phones, …}` in Meta's form, whose name needs one part beside the formatted one.
enum GraphContactCard {
  static func list(_ cards: [JSONObject]) throws(HubError) -> JSONValue {
    guard cards.isEmpty == false else { throw HubError(.invalid, "message.contacts is empty") }
    var result: [JSONValue] = []
    for (index, card) in cards.enumerated() { result.append(.object(try Self.card(card, "message.contacts[\(index)]"))) }
    return .array(result)
  }

  private static func card(_ card: JSONObject, _ member: String) throws(HubError) -> JSONObject {
    var result: JSONObject = ["name": .object(try name(card, member))]
    if let phones = card["phones"]?.array { result.append("phones", .array(phones.map(phone))) }
    if let emails = card["emails"]?.array { result.append("emails", .array(emails.map { wrapped($0, "email") })) }
    if let urls = card["urls"]?.array { result.append("urls", .array(urls.map { wrapped($0, "url") })) }
    for key in ["addresses", "org", "birthday"] {
      if let value = card[key], value.isNull == false { result.append(key, value) }
    }
    return result
  }

  /// `formatted_name` and at least one of the parts, or Meta answers 131009.
  private static func name(_ card: JSONObject, _ member: String) throws(HubError) -> JSONObject {
    if let name = card.object("name") {
      let parts = ["first_name", "middle_name", "last_name", "suffix", "prefix"]
      guard name.identifier("formatted_name") != nil, parts.contains(where: { name.identifier($0) != nil }) else {
        throw HubError(.invalid, "\(member).name needs formatted_name and one of \(parts.joined(separator: ", "))")
      }
      return name
    }
    guard let name = card.identifier("name") else { throw HubError(.invalid, "\(member).name is missing") }
    let words = name.split(separator: " ")
    var object: JSONObject = ["formatted_name": .string(name), "first_name": .string(words.first.map(String.init) ?? name)]
    if words.count > 1 { object.append("last_name", .string(words.dropFirst().joined(separator: " "))) }
    return object
  }

  private static func phone(_ phone: JSONValue) -> JSONValue {
    guard var object = phone.object else { return wrapped(phone, "phone") }
    if let id = object["waId"] {
      object["waId"] = nil
      object["wa_id"] = id
    }
    return .object(object)
  }

  private static func wrapped(_ value: JSONValue, _ key: String) -> JSONValue {
    value.tolerantText.map { JSONValue.object([key: .string($0)]) } ?? value
  }
}
