/// A JSON document as a value: members keep their order and numbers their exact text, so that what passes through the
/// hub leaves it as it came (RFC 8259).
public enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case number(JSONNumber)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)
}

extension JSONValue {
  /// The value of an object's member; nil when this is no object or has no such member.
  public subscript(key: String) -> JSONValue? { object?[key] }

  /// An array's element; nil when this is no array or the index is out of range.
  public subscript(index: Int) -> JSONValue? {
    guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
    return elements[index]
  }

  /// The text of a string.
  public var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  /// A number that is a whole one and fits 64 bits.
  public var int64: Int64? {
    if case .number(let value) = self { value.int64 } else { nil }
  }

  /// A number as floating point.
  public var double: Double? {
    if case .number(let value) = self { value.double } else { nil }
  }

  /// A boolean.
  public var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// The elements of an array.
  public var array: [JSONValue]? {
    if case .array(let value) = self { value } else { nil }
  }

  /// The members of an object.
  public var object: JSONObject? {
    if case .object(let value) = self { value } else { nil }
  }

  /// Whether this is `null`.
  public var isNull: Bool { if case .null = self { true } else { false } }

  /// The value, or nothing where it is `null`.
  public var nonNull: JSONValue? { isNull ? nil : self }
}

// `null` is written `.null`: were it `nil`, then `isNull ? nil : self` would be no absence, but `null` again.
extension JSONValue: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringLiteral,
  ExpressibleByStringInterpolation, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  /// A boolean.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// A whole number.
  public init(integerLiteral value: Int64) { self = .number(JSONNumber(value)) }
  /// A number.
  public init(floatLiteral value: Double) { self = .number(JSONNumber(value)) }
  /// A string.
  public init(stringLiteral value: String) { self = .string(value) }
  /// An array.
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// An object whose members keep the order written.
  public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
}

extension JSONValue: CustomStringConvertible {
  /// The compact JSON text.
  public var description: String { String(decoding: serialized(), as: UTF8.self) }
}
