import OrderedJSON

extension ValueType where Value: ConfigSection {
  static var section: ValueType {
    ValueType(schema: Value.schema) {
      Value.read($0, $1)
    } render: {
      $0.rendered
    }
  }
}

extension ValueType {
  /// A list; one value alone is taken as a list of one when `orOne` says so.
  static func list<Element>(of type: ValueType<Element>, orOne: Bool = false, minimum: Int = 0, maximum: Int = .max) -> ValueType
  where Value == [Element] {
    ValueType(schema: Self.listSchema(type.schema(), orOne: orOne, minimum: minimum)) { node, context in
      if orOne, let scalar = node.scalar, !scalar.isNull { return type.parse(node, context).map { [$0] } }
      guard case .sequence(let items) = node.content else {
        context.wrongKind(node, expected: "a list")
        return nil
      }
      guard items.count >= minimum else {
        context.badValue(node, "must not be empty")
        return nil
      }
      guard items.count <= maximum else {
        context.badValue(node, "takes at most \(maximum) items, has \(items.count)")
        return nil
      }
      return items.enumerated().compactMap { index, item in
        context.enter(ConfigEntry(key: String(index), keyPlace: item.place, value: item)) { type.parse(item, context) }
      }
    } render: {
      .array($0.map(type.render))
    }
  }

  private static func listSchema(_ items: JSONObject, orOne: Bool, minimum: Int) -> JSONObject {
    var list: JSONObject = ["type": "array", "items": .object(items)]
    if minimum > 0 { list["minItems"] = .number(JSONNumber(Int64(minimum))) }
    return orOne ? ["anyOf": [.object(items), .object(list)]] : list
  }

  /// A mapping with keys of the user's choice. `keyMistake` says what is wrong with a key.
  static func map<Element>(
    of type: ValueType<Element>, keyMistake: @escaping (String) -> String? = Names.mistake
  ) -> ValueType where Value == ConfigMap<Element> {
    ValueType(schema: ["type": "object", "additionalProperties": .object(type.schema())]) { node, context in
      guard !node.isInvalid else { return nil }
      guard let entries = node.isNull ? [] : node.entries else {
        context.wrongKind(node, expected: "a mapping")
        return nil
      }
      return ConfigMap(
        entries.compactMap { entry in
          if let mistake = keyMistake(entry.key) { context.report.error("bad-name", mistake, at: entry.keyPlace) }
          return context.enter(entry) { type.parse(entry.value, context).map { .init(name: entry.key, value: $0) } }
        })
    } render: { map in
      .object(JSONObject(map.map { ($0.name, type.render($0.value)) }))
    }
  }

  /// Either a word or a value of another type, as in `retention: keep`.
  static func word<Other>(
    _ word: String, _ value: Value, or type: ValueType<Other>, wrap: @escaping (Other) -> Value, unwrap: @escaping (Value) -> Other?
  ) -> ValueType {
    ValueType(schema: ["anyOf": [["const": .string(word)], .object(type.schema())]]) { node, context in
      node.scalar?.text == word ? value : type.parse(node, context).map(wrap)
    } render: {
      unwrap($0).map(type.render) ?? .string(word)
    }
  }
}
