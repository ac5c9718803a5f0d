import OrderedJSON

/// How a value of one kind is read, shown and described.
struct ValueType<Value> {
  let schema: () -> JSONObject
  /// The value, or nil after reporting why there is none.
  let parse: (ConfigNode, ReadContext) -> Value?
  let render: (Value) -> JSONValue

  init(
    schema: @autoclosure @escaping () -> JSONObject, parse: @escaping (ConfigNode, ReadContext) -> Value?,
    render: @escaping (Value) -> JSONValue
  ) {
    self.schema = schema
    self.parse = parse
    self.render = render
  }

  /// A scalar that is written as text; `make` gives the value or nil for the general message.
  static func text(
    _ expected: String, schema: @autoclosure @escaping () -> JSONObject, render: @escaping (Value) -> String,
    make: @escaping (String, ConfigNode, ReadContext) -> Value?
  ) -> ValueType {
    ValueType(schema: schema()) { node, context in
      guard let scalar = node.scalar, !scalar.isNull else {
        context.wrongKind(node, expected: expected)
        return nil
      }
      return make(scalar.text, node, context)
    } render: {
      .string(render($0))
    }
  }
}

extension ValueType where Value == Bool {
  /// `true` or `false`; the other words of YAML 1.1 are refused with a hint.
  static var bool: ValueType {
    ValueType(schema: ["type": "boolean"]) { node, context in
      if let value = node.scalar?.bool { return value }
      guard let meant = node.scalar?.meantBool else {
        context.wrongKind(node, expected: "true or false")
        return nil
      }
      context.report.error(
        "wrong-kind", "\(context.name) is true or false, found \(node.kindName)", at: node.place, hint: "did you mean \(meant)?")
      return nil
    } render: {
      .bool($0)
    }
  }
}

extension ValueType where Value == Int {
  /// A whole number in a range.
  static func int(_ range: ClosedRange<Int>) -> ValueType {
    let schema: JSONObject = [
      "type": "integer", "minimum": .number(JSONNumber(Int64(range.lowerBound))),
      "maximum": .number(JSONNumber(Int64(range.upperBound))),
    ]
    return ValueType(schema: schema) { node, context in
      guard let scalar = node.scalar, scalar.isPlain, JSONNumber(text: scalar.text) != nil else {
        context.wrongKind(node, expected: "a whole number")
        return nil
      }
      guard let value = Int(scalar.text), range.contains(value) else {
        let wanted = range.count == 1 ? "\(range.lowerBound)" : "a whole number from \(range.lowerBound) to \(range.upperBound)"
        context.badValue(node, "\(quoted(scalar.text)) is not \(wanted)")
        return nil
      }
      return value
    } render: {
      .number(JSONNumber(Int64($0)))
    }
  }

  /// A limit: 0 is none.
  static var limit: ValueType { .int(0...1_000_000_000) }
}

extension ValueType where Value == Double {
  /// A number in a range.
  static func number(_ range: ClosedRange<Double>) -> ValueType {
    let schema: JSONObject = [
      "type": "number", "minimum": .number(JSONNumber(range.lowerBound)), "maximum": .number(JSONNumber(range.upperBound)),
    ]
    return ValueType(schema: schema) { node, context in
      guard let scalar = node.scalar, scalar.isPlain, let value = JSONNumber(text: scalar.text)?.double else {
        context.wrongKind(node, expected: "a number")
        return nil
      }
      guard range.contains(value) else {
        let (low, high) = (JSONNumber(range.lowerBound).text, JSONNumber(range.upperBound).text)
        context.badValue(node, "\(scalar.text) is not from \(low) to \(high)")
        return nil
      }
      return value
    } render: {
      .number(JSONNumber($0))
    }
  }
}

extension ValueType where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  /// One word of a closed list. `why` explains words that people try and that are refused.
  static func word(why: [String: String] = [:]) -> ValueType {
    let words = Value.allCases.map(\.rawValue)
    return .text(
      "one of \(words.joined(separator: ", "))", schema: ["type": "string", "enum": .array(words.map { .string($0) })],
      render: { $0.rawValue }
    ) { text, node, context in
      if let value = Value(rawValue: text) { return value }
      let reason = why[text].map { ": \($0)" } ?? ""
      let hint = nearestName(to: text, in: words).map { "did you mean \"\($0)\"?" }
      context.badValue(node, "\(quoted(text)) is not one of \(words.joined(separator: ", "))\(reason)", hint: hint)
      return nil
    }
  }
}
