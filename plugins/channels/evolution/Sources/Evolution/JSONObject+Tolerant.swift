import OrderedJSON

/// Reading members whose spelling changes from version to version.
extension JSONObject {
  /// A string as it is, or a number's digits; nil when there is nothing in it.
  func identifier(_ key: String) -> String? {
    switch self[key] {
    case .string(let text)? where text.isEmpty == false: text
    case .number(let number)?: number.int64.map(String.init) ?? number.text
    default: nil
    }
  }

  /// The first of these members that holds a text.
  func identifier(_ keys: [String]) -> String? { keys.lazy.compactMap { identifier($0) }.first }

  /// A whole number in any of its encodings.
  func integer(_ key: String) -> Int64? { self[key].flatMap(WireNumber.integer) }

  /// A number as written, also when it stands in a string.
  func number(_ key: String) -> JSONValue? {
    switch self[key] {
    case .number(let number)?: .number(number)
    case .string(let text)?: JSONNumber(text: text).map(JSONValue.number)
    default: nil
    }
  }

  /// A boolean, also as `"true"` or 1; false when absent.
  func flag(_ key: String) -> Bool {
    switch self[key] {
    case .bool(let value)?: value
    case .string(let text)?: text == "true"
    case .number(let number)?: number.int64 != 0
    default: false
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

  /// Appends a flag that is up.
  mutating func raise(_ key: String, _ flag: Bool) {
    if flag { append(key, true) }
  }
}

extension JSONValue {
  /// The text, or null.
  init(orNull text: String?) { self = text.map(JSONValue.string) ?? .null }
}
