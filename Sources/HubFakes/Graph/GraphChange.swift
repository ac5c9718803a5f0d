import OrderedJSON

/// One element of `changes`: something about one number.
struct GraphChange: Sendable {
  let number: GraphOptions.Number
  let field: String
  /// `messages`, `statuses` and what else the value has beside its metadata.
  let content: JSONObject

  init(_ number: GraphOptions.Number, _ content: JSONObject, field: String = "messages") {
    self.number = number
    self.field = field
    self.content = content
  }

  var json: JSONValue {
    var value: JSONObject = [
      "messaging_product": "whatsapp",
      "metadata": ["display_phone_number": .string(number.phone), "phone_number_id": .string(number.id)],
    ]
    for member in content { value.append(member.key, member.value) }
    return ["field": .string(field), "value": .object(value)]
  }

  /// How several are put into one body.
  enum Layout: String {
    /// One entry for each business account.
    case changes
    /// An entry for each.
    case entries
  }

  static func envelope(_ changes: [GraphChange], _ layout: Layout) -> JSONValue {
    var entries: [(waba: String, changes: [JSONValue])] = []
    for change in changes {
      if layout == .changes, let index = entries.firstIndex(where: { $0.waba == change.number.waba }) {
        entries[index].changes.append(change.json)
      } else {
        entries.append((change.number.waba, [change.json]))
      }
    }
    return [
      "object": "whatsapp_business_account",
      "entry": .array(entries.map { ["id": .string($0.waba), "changes": .array($0.changes)] }),
    ]
  }
}
