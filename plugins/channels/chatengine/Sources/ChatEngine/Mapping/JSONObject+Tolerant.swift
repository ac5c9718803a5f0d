import OrderedJSON

/// Reading members that a server may spell in several ways.
extension JSONObject {
  /// A string as it is, or a number's digits; nil when there is nothing in it, or more than the journal takes for a name.
  func identifier(_ key: String) -> String? {
    switch self[key] {
    case .string(let text)? where text.isEmpty == false && text.utf8.count <= 512: text
    case .number(let number)?: number.int64.map(String.init)
    default: nil
    }
  }

  /// A text with something in it.
  func text(_ key: String) -> String? { self[key]?.string.flatMap { $0.isEmpty ? nil : $0 } }

  /// The first of these members that is a text with something in it.
  func text(_ keys: [String]) -> String? { keys.lazy.compactMap { text($0) }.first }

  /// A whole number, also when it stands in a string.
  func integer(_ key: String) -> Int64? {
    switch self[key] {
    case .number(let number)?: number.int64
    case .string(let text)?: Int64(text)
    default: nil
    }
  }

  /// Appends a member unless there is nothing to say.
  mutating func add(_ key: String, _ value: JSONValue?) {
    if let value { append(key, value) }
  }

  /// Appends a text unless there is none.
  mutating func add(_ key: String, text: String?) { add(key, text.map(JSONValue.string)) }
}

extension JSONValue {
  /// The text, or null.
  init(orNull text: String?) { self = text.map(JSONValue.string) ?? .null }
}
