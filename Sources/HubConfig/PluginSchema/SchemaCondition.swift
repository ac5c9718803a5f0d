import OrderedJSON

/// `if`, `then` and `else` of a plugin's schema: what it asks of one member, and whether a member claims anything, may depend on others.
struct SchemaCondition {
  /// What a condition may be made of.
  static let keywords = Set([SchemaKeyword.required, .properties, .anyOf].map(\.rawValue))

  private static let own = Set([SchemaKeyword.condition, .consequence, .alternative].map(\.rawValue))

  /// Whether a node is what a schema wants.
  let fits: (ConfigNode, JSONValue) -> Bool

  /// The schema with the branch that a node falls into in the place of all three. A branch may decide further.
  func decided(_ members: JSONObject, for node: ConfigNode) -> JSONObject {
    guard let condition = members[SchemaKeyword.condition.rawValue] else { return members }
    let branch: SchemaKeyword = holds(condition, for: node) ? .consequence : .alternative
    let rest = JSONObject(members.lazy.filter { Self.own.contains($0.key) == false }.map { ($0.key, $0.value) })
    guard let chosen = members[branch.rawValue]?.object else { return rest }
    return decided(Self.joined(rest, chosen), for: node)
  }

  /// Members that are not there fulfil what `properties` says of them, as everywhere in JSON Schema.
  private func holds(_ condition: JSONValue, for node: ConfigNode) -> Bool {
    guard case .mapping(let entries) = node.content else { return false }
    let rules = SchemaRules(condition.object ?? [:])
    let needed = rules[.required]?.array?.compactMap(\.string) ?? []
    guard needed.allSatisfy({ name in entries.contains { $0.key == name } }) else { return false }
    if let branches = rules[.anyOf]?.array, branches.contains(where: { holds($0, for: node) }) == false { return false }
    return entries.allSatisfy { entry in rules.object(.properties)?[entry.key].map { fits(entry.value, $0) } ?? true }
  }

  /// Both at once: members are looked at by what either says of them, and what either needs is needed.
  private static func joined(_ one: JSONObject, _ other: JSONObject) -> JSONObject {
    var all = one
    for member in other {
      switch (SchemaKeyword(rawValue: member.key), all[member.key], member.value) {
      case (.required?, .array(let needed)?, .array(let more)): all[member.key] = .array(needed + more)
      case (.properties?, .object(var properties)?, .object(let more)):
        for property in more {
          let before = properties[property.key]?.object ?? [:]
          properties[property.key] = .object(joined(before, property.value.object ?? [:]))
        }
        all[member.key] = .object(properties)
      default: all[member.key] = member.value
      }
    }
    return all
  }
}
