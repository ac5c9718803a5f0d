import OrderedJSON

/// A plugin's schema, looked through before use.
struct PluginSchema {
  let root: JSONValue
  /// What the hub cannot check, in words; a schema with problems is not used.
  let problems: [String]

  init(_ text: String) {
    do {
      root = try JSONValue(parsing: text)
    } catch {
      root = .null
      problems = ["it is not JSON: \(error)"]
      return
    }
    var lint = SchemaLint(root: root)
    lint.visit(root, at: "#", depth: 0)
    problems = lint.problems
  }

  /// The schema of an account's settings.
  var account: JSONValue? { root[SchemaKeyword.account.rawValue] }

  /// The schema itself, or the one that it refers to.
  func resolve(_ schema: JSONValue) -> JSONValue {
    var schema = schema
    // A chain of references is short; a circle of nothing but references is refused by the lint.
    for _ in 0..<SchemaLint.maxReferences {
      guard let target = schema[SchemaKeyword.reference.rawValue]?.string else { return schema }
      schema = Self.definition(target, in: root) ?? .bool(true)
    }
    return schema
  }

  static func definition(_ reference: String, in root: JSONValue) -> JSONValue? {
    if reference == "#" { return root }
    let prefix = "#/$defs/"
    guard reference.hasPrefix(prefix) else { return nil }
    return root[SchemaKeyword.definitions.rawValue]?[String(reference.dropFirst(prefix.count))]
  }
}

/// Finds what the validator would not check.
struct SchemaLint {
  static let maxReferences = 16

  private static let types = ["null", "boolean", "integer", "number", "string", "array", "object"]

  let root: JSONValue
  private(set) var problems: [String] = []

  init(root: JSONValue) { self.root = root }

  mutating func visit(_ schema: JSONValue, at path: String, depth: Int) {
    if case .bool = schema { return }
    guard let members = schema.object, depth < 64 else {
      problems.append("\(path) is not a schema")
      return
    }
    for member in members {
      guard let keyword = SchemaKeyword(rawValue: member.key) else {
        problems.append("\(path) uses \(quoted(member.key)), which the hub does not check")
        continue
      }
      visit(keyword, member.value, at: "\(path)/\(member.key)", depth: depth + 1)
    }
  }

  private mutating func visit(_ keyword: SchemaKeyword, _ value: JSONValue, at path: String, depth: Int) {
    switch keyword {
    case .properties, .definitions:
      guard let members = value.object else { return problems.append("\(path) is not an object") }
      for member in members { visit(member.value, at: "\(path)/\(member.key)", depth: depth) }
    case .additionalProperties, .items, .account: visit(value, at: path, depth: depth)
    case .oneOf, .anyOf:
      guard let branches = value.array, !branches.isEmpty else { return problems.append("\(path) is not a list of schemas") }
      for (index, branch) in branches.enumerated() { visit(branch, at: "\(path)/\(index)", depth: depth) }
    case .condition: check(condition: value, at: path, depth: depth)
    case .consequence, .alternative:
      if value.object == nil || value[SchemaKeyword.reference.rawValue] != nil { problems.append("\(path) is not an object of its own") }
      visit(value, at: path, depth: depth)
    case .reference: checkReference(value, at: path)
    case .type:
      let names = value.array?.map(\.string) ?? [value.string]
      if !names.allSatisfy({ $0.map(Self.types.contains) ?? false }) { problems.append("\(path) is not a type") }
    case .format: check(value, is: SchemaFormat.allCases.map(\.rawValue), at: path)
    case .provider: if value.string?.isEmpty ?? true { problems.append("\(path) is not a name") }
    case .maxBody: if !(value.int64.map { (1024...1 << 30).contains($0) } ?? false) { problems.append("\(path) is not a number of bytes") }
    case .rate: if !(value.double.map { $0 > 0 } ?? false) { problems.append("\(path) is not a number of messages a second") }
    case .claim: check(value, is: Claim.Kind.allCases.map(\.rawValue), at: path)
    case .pattern:
      if value.string.map({ (try? Regex($0)) == nil }) ?? true { problems.append("\(path) is not a pattern") }
    case .minimum, .maximum, .exclusiveMinimum, .exclusiveMaximum:
      if value.double == nil { problems.append("\(path) is not a number") }
    case .minLength, .maxLength, .minItems, .maxItems:
      if value.int64.map({ $0 < 0 }) ?? true { problems.append("\(path) is not a count") }
    case .uniqueItems: if value.bool == nil { problems.append("\(path) is not a boolean") }
    case .required: if value.array?.allSatisfy({ $0.string != nil }) != true { problems.append("\(path) is not a list of names") }
    case .enum: if value.array?.isEmpty ?? true { problems.append("\(path) is not a list of values") }
    case .const, .default, .title, .description, .examples, .deprecated, .dialect, .identifier, .comment: break
    }
  }

  /// A condition looks at the members of the config, and at nothing that would not be looked at.
  private mutating func check(condition: JSONValue, at path: String, depth: Int) {
    guard condition.object != nil else { return problems.append("\(path) is not an object") }
    visit(condition, at: path, depth: depth)
    for member in condition.object ?? [:] where SchemaCondition.keywords.contains(member.key) == false {
      problems.append("\(path) uses \(quoted(member.key)), which the hub does not check in a condition")
    }
    for (index, branch) in (condition[SchemaKeyword.anyOf.rawValue]?.array ?? []).enumerated() {
      check(condition: branch, at: "\(path)/anyOf/\(index)", depth: depth + 1)
    }
  }

  private mutating func check(_ value: JSONValue, is known: [String], at path: String) {
    let text = value.string ?? value.description
    if !known.contains(text) { problems.append("\(path): the hub does not know \(quoted(text))") }
  }

  private mutating func checkReference(_ value: JSONValue, at path: String) {
    var seen: Set<String> = []
    var reference = value.string
    while let target = reference {
      guard let definition = PluginSchema.definition(target, in: root) else {
        return problems.append("\(path): there is no \(quoted(target))")
      }
      guard seen.insert(target).inserted, seen.count < Self.maxReferences else {
        return problems.append("\(path) refers to itself")
      }
      reference = definition[SchemaKeyword.reference.rawValue]?.string
    }
    if value.string == nil { problems.append("\(path) is not a reference") }
  }
}
