import OrderedJSON

/// Reading a provider's members: a number is accepted where a string is expected, and the reverse.
extension JSONObject {
  /// A string as it is, or the digits of a number.
  func text(_ key: String) -> String? { self[key]?.tolerantText }

  /// A text that is not empty.
  func identifier(_ key: String) -> String? {
    guard let text = text(key), text.isEmpty == false else { return nil }
    return text
  }

  /// A whole number, also when written as a string.
  func integer(_ key: String) -> Int64? {
    switch self[key] {
    case .number(let number)?: number.int64
    case .string(let text)?: Int64(text)
    default: nil
    }
  }

  /// A number with its exact text, also when written as a string.
  func number(_ key: String) -> JSONNumber? {
    switch self[key] {
    case .number(let number)?: number
    case .string(let text)?: JSONNumber(text: text)
    default: nil
    }
  }

  /// A boolean, also as `"true"` or 1; false when absent.
  func flag(_ key: String) -> Bool { optionalFlag(key) ?? false }

  /// A boolean, also as `"true"`, `"false"` or a number.
  func optionalFlag(_ key: String) -> Bool? {
    switch self[key] {
    case .bool(let value)?: value
    case .string(let text)?: text == "true" ? true : text == "false" ? false : nil
    case .number(let number)?: number.int64.map { $0 != 0 }
    default: nil
    }
  }

  /// A member that is an object.
  func object(_ key: String) -> JSONObject? { self[key]?.object }

  /// The objects of a list; whatever else stands in it is left out.
  func objects(_ key: String) -> [JSONObject] { self[key]?.array?.compactMap(\.object) ?? [] }

  /// Appends a member unless there is nothing to say.
  mutating func add(_ key: String, _ value: JSONValue?) {
    if let value { append(key, value) }
  }

  /// Appends a text unless there is none.
  mutating func add(_ key: String, text: String?) { add(key, text.map(JSONValue.string)) }
}

extension JSONValue {
  /// A string as it is, or the digits of a number.
  var tolerantText: String? {
    switch self {
    case .string(let text): text
    case .number(let number): number.int64.map(String.init) ?? number.text
    default: nil
    }
  }
}
