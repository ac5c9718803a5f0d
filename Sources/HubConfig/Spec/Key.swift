import OrderedJSON

/// Options that are read from a mapping. The table `keys` is the only description of that mapping there is: reading, defaults,
/// `hub schema` and `hub config show` all go by it.
protocol ConfigSection: Sendable {
  /// The defaults.
  init()
  static var keys: [Key<Self>] { get }
}

/// One key of a section: its name, how its value is read and shown, what it means.
struct Key<Root> {
  let name: String
  let description: String
  let isRequired: Bool
  let support: Support
  let schema: () -> JSONObject
  let read: (ConfigNode, inout Root, ReadContext) -> Void
  /// The value in effect, as it would be written; nil when there is none.
  let render: (Root) -> JSONValue?

  init<Value>(
    _ name: String, _ path: WritableKeyPath<Root, Value>, _ type: ValueType<Value>, _ description: String, required: Bool = false,
    support: Support = .full
  ) where Root: ConfigSection {
    self.init(name, description, required, support, type.schema, default: required ? nil : { type.render(Root()[keyPath: path]) }) {
      type.render($0[keyPath: path])
    } read: { node, root, context in
      if let value = type.parse(node, context) { root[keyPath: path] = value }
    }
  }

  init<Value>(
    _ name: String, _ path: WritableKeyPath<Root, Value?>, _ type: ValueType<Value>, _ description: String, support: Support = .full
  ) where Root: ConfigSection {
    self.init(name, description, false, support, type.schema, default: { Root()[keyPath: path].map(type.render) }) {
      $0[keyPath: path].map(type.render)
    } read: { node, root, context in
      if let value = type.parse(node, context) { root[keyPath: path] = value }
    }
  }

  private init(
    _ name: String, _ description: String, _ isRequired: Bool, _ support: Support, _ schema: @escaping () -> JSONObject,
    default standard: (() -> JSONValue?)?, render: @escaping (Root) -> JSONValue?,
    read: @escaping (ConfigNode, inout Root, ReadContext) -> Void
  ) {
    self.name = name
    self.description = description
    self.isRequired = isRequired
    self.support = support
    self.render = render
    self.read = read
    self.schema = {
      var schema = schema()
      schema["description"] = .string(description + support.note)
      // The members of a section carry their own defaults.
      if schema["properties"] == nil, schema["additionalProperties"] == nil, let value = standard?() { schema["default"] = value }
      return schema
    }
  }
}

extension ConfigSection {
  /// Reads a mapping into the defaults, reporting everything that is wrong with it.
  static func read(_ node: ConfigNode, _ context: ReadContext) -> Self {
    var section = Self()
    guard !node.isInvalid else { return section }
    guard let entries = node.isNull ? [] : node.entries else {
      context.report.error("wrong-kind", "\(context.name) is a mapping, found \(node.kindName)", at: node.place)
      return section
    }
    let keys = Self.keys
    for entry in entries {
      guard let key = keys.first(where: { $0.name == entry.key }) else {
        context.unknown(entry, known: keys.map(\.name))
        continue
      }
      context.enter(entry) {
        key.read(entry.value, &section, context)
        guard key.support != .full else { return }
        if key.support.falls(short: key.render(section), of: key.render(Self())) { context.fallsShort(key.support) }
      }
    }
    for key in keys where key.isRequired && !entries.contains(where: { $0.key == key.name }) {
      context.report.error("missing-key", "\(context.name) needs the key \"\(key.name)\"", at: context.ownPlace ?? node.place)
    }
    return section
  }

  static var schema: JSONObject {
    let keys = Self.keys
    var schema: JSONObject = [
      "type": "object", "properties": .object(JSONObject(keys.map { ($0.name, .object($0.schema())) })), "additionalProperties": false,
    ]
    let required = keys.filter(\.isRequired)
    if !required.isEmpty { schema["required"] = .array(required.map { .string($0.name) }) }
    return schema
  }

  var rendered: JSONValue {
    .object(JSONObject(Self.keys.compactMap { key in key.render(self).flatMap { $0.isNull ? nil : (key.name, $0) } }))
  }
}
