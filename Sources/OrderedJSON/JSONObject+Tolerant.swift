/// Reading what somebody else wrote: a number where a text belongs and the reverse, members that are missing, null or of another kind.
extension JSONObject {
  /// A text that is not empty, or the digits of a number.
  public func identifier(_ key: String) -> String? { self[key]?.tolerantText.flatMap { $0.isEmpty ? nil : $0 } }

  /// A whole number, also when written as a text.
  public func integer(_ key: String) -> Int64? {
    switch self[key] {
    case .number(let number)?: number.int64
    case .string(let text)?: Int64(text)
    default: nil
    }
  }

  /// A number as it is written, also in a text.
  public func number(_ key: String) -> JSONNumber? {
    switch self[key] {
    case .number(let number)?: number
    case .string(let text)?: JSONNumber(text: text)
    default: nil
    }
  }

  /// A boolean, also as `"true"` or a number; false when it is absent or anything else.
  public func flag(_ key: String) -> Bool { optionalFlag(key) ?? false }

  /// A boolean, also as `"true"`, `"false"` or a number.
  public func optionalFlag(_ key: String) -> Bool? {
    switch self[key] {
    case .bool(let value)?: value
    case .string(let text)?: text == "true" ? true : text == "false" ? false : nil
    case .number(let number)?: number.int64.map { $0 != 0 }
    default: nil
    }
  }

  /// A member that is an object.
  public func object(_ key: String) -> JSONObject? { self[key]?.object }

  /// The objects of a list; whatever else stands in it is left out.
  public func objects(_ key: String) -> [JSONObject] { self[key]?.array?.compactMap(\.object) ?? [] }

  /// Appends a member unless there is nothing to say.
  public mutating func add(_ key: String, _ value: JSONValue?) {
    if let value { append(key, value) }
  }

  /// Appends a text unless there is none.
  public mutating func add(_ key: String, text: String?) { add(key, text.map(JSONValue.string)) }
}

extension JSONValue {
  /// The text, or null.
  public init(orNull text: String?) { self = text.map(JSONValue.string) ?? .null }

  /// A text as it is, or the digits of a number.
  public var tolerantText: String? {
    switch self {
    case .string(let text): text
    case .number(let number): number.int64.map(String.init) ?? number.text
    default: nil
    }
  }
}
