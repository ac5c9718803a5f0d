import HubModel
import OrderedJSON

/// Checks a node against a plugin's schema and gives the JSON that the plugin gets: scalars take the type that the schema wants,
/// missing members their defaults. Every finding stands at the member that offends.
struct SchemaValidator {
  let schema: PluginSchema
  /// The keys that lead to the config, for messages: `channels.meta-main.config`.
  let base: [String]
  /// Where defaults and missing members are reported: the adapter's key.
  let home: Diagnostic.Place?

  func validate(_ node: ConfigNode, against schema: JSONValue, into outcome: inout SchemaOutcome) -> JSONValue {
    value(node, schema, path: base, into: &outcome)
  }

  /// Collects the claims among defaults as well.
  private func value(_ node: ConfigNode, _ schema: JSONValue, path: [String], into outcome: inout SchemaOutcome) -> JSONValue {
    if node.isInvalid { return .null }
    let schema = self.schema.resolve(schema)
    guard let stated = schema.object else {
      if schema.bool == false { outcome.add("unknown-key", "\(name(path)) is not allowed", at: node.place) }
      return free(node, path: path, into: &outcome)
    }
    let members = SchemaCondition(fits: fits).decided(stated, for: node)
    let keywords = SchemaRules(members)
    for keyword in [SchemaKeyword.oneOf, .anyOf] {
      if let branches = members[keyword.rawValue]?.array {
        return choose(node, branches.map { keywords.merged(with: self.schema.resolve($0)) }, exactlyOne: keyword == .oneOf, path, &outcome)
      }
    }
    switch node.content {
    case .mapping(let entries): return object(entries, node, keywords, path, &outcome)
    case .sequence(let items): return array(items, node, keywords, path, &outcome)
    case .scalar(let scalar): return self.scalar(scalar, node, keywords, path, &outcome)
    case .invalid: return .null
    }
  }

  private func fits(_ node: ConfigNode, _ schema: JSONValue) -> Bool {
    var attempt = SchemaOutcome()
    _ = value(node, schema, path: base, into: &attempt)
    return attempt.findings.isEmpty
  }

  private func object(
    _ entries: [ConfigEntry], _ node: ConfigNode, _ rules: SchemaRules, _ path: [String], _ outcome: inout SchemaOutcome
  ) -> JSONValue {
    guard rules.allows(.object) else { return wrongKind(node, rules, path, &outcome) }
    let properties = rules.object(.properties) ?? [:]
    var result = JSONObject()
    for entry in entries {
      let inner = path + [entry.key]
      outcome.origins.append(
        (inner, Origin(key: entry.keyPlace, value: entry.value.place, variables: entry.value.scalar?.variables ?? [])))
      if let schema = properties[entry.key] {
        result.append(entry.key, value(entry.value, schema, path: inner, into: &outcome))
      } else if rules[.additionalProperties]?.bool == false {
        outcome.add(
          "unknown-key", "unknown key \(quoted(entry.key)) in \(name(path))", at: entry.keyPlace,
          hint: suggestion(for: entry.key, in: properties.keys))
      } else {
        result.append(entry.key, value(entry.value, rules[.additionalProperties] ?? .bool(true), path: inner, into: &outcome))
      }
    }
    for member in properties where result[member.key] == nil && !entries.contains(where: { $0.key == member.key }) {
      let schema = schema.resolve(member.value)
      guard let standard = schema[SchemaKeyword.default.rawValue] else { continue }
      result.append(member.key, standard)
      if let kind = schema[SchemaKeyword.claim.rawValue]?.string.flatMap(Claim.Kind.init), let value = standard.string {
        outcome.claims.append(.init(kind: kind, value: value, place: home))
      }
    }
    let present = Set(result.keys + entries.map(\.key))
    for missing in rules[.required]?.array?.compactMap(\.string) ?? [] where !present.contains(missing) {
      outcome.add("missing-key", "\(name(path)) needs the key \(quoted(missing))", at: path == base ? home : node.place)
    }
    return .object(result)
  }

  private func array(
    _ items: [ConfigNode], _ node: ConfigNode, _ rules: SchemaRules, _ path: [String], _ outcome: inout SchemaOutcome
  ) -> JSONValue {
    guard rules.allows(.array) else { return wrongKind(node, rules, path, &outcome) }
    var values: [JSONValue] = []
    var seen: Set<JSONValue> = []
    for (index, item) in items.enumerated() {
      let value = value(item, rules[.items] ?? .bool(true), path: path + [String(index)], into: &outcome)
      if rules[.uniqueItems]?.bool == true, !seen.insert(value).inserted {
        outcome.add("bad-value", "\(name(path)): \(item.kindName) is in the list twice", at: item.place)
      }
      values.append(value)
    }
    let count = Int64(items.count)
    if let least = rules[.minItems]?.int64, count < least {
      outcome.add("bad-value", "\(name(path)) needs at least \(least) items, has \(count)", at: node.place)
    }
    if let most = rules[.maxItems]?.int64, count > most {
      outcome.add("bad-value", "\(name(path)) takes at most \(most) items, has \(count)", at: node.place)
    }
    return .array(values)
  }

  private func scalar(
    _ scalar: ConfigScalar, _ node: ConfigNode, _ rules: SchemaRules, _ path: [String], _ outcome: inout SchemaOutcome
  ) -> JSONValue {
    if rules.format == .secret { return secret(scalar, node, path, &outcome) }
    // An empty mapping is usually written as nothing.
    if scalar.isNull, !rules.allows(.null), rules.allows(.object), rules.isTyped { return object([], node, rules, path, &outcome) }
    guard let value = rules.typed(scalar) else { return wrongKind(node, rules, path, &outcome) }
    if !rules.isTyped, scalar.text.hasPrefix(SecretReference.prefix) { return secret(scalar, node, path, &outcome) }
    if case .string(let text) = value, text.hasPrefix(SecretReference.prefix) {
      outcome.add("bad-secret", "\(name(path)) is not a secret; the plugin would get this text as it stands", at: node.place)
      return value
    }
    if let (message, hint) = rules.mistake(in: value) {
      if WebText.mayHoldPassword(scalar.text) { outcome.masks.append(node.place) }
      outcome.add("bad-value", "\(name(path)): \(message)", at: node.place, hint: hint)
    } else if let kind = rules[.claim]?.string.flatMap(Claim.Kind.init), let text = value.string {
      outcome.claims.append(.init(kind: kind, value: text, place: node.place))
    }
    return value
  }

  private func secret(_ scalar: ConfigScalar, _ node: ConfigNode, _ path: [String], _ outcome: inout SchemaOutcome) -> JSONValue {
    guard let reference = SecretReference(scalar.text) else {
      let finding = SecretText.finding(scalar, name: name(path))
      if finding.isLiteral { outcome.masks.append(node.place) }
      outcome.add(finding.code, finding.message, at: node.place, hint: finding.hint)
      return .null
    }
    outcome.secrets.append(.init(reference: reference, place: node.place, path: path))
    return .string(reference.description)
  }

  /// The branch that fits; when none does, the findings of the one that fits best.
  private func choose(
    _ node: ConfigNode, _ branches: [JSONValue], exactlyOne: Bool, _ path: [String], _ outcome: inout SchemaOutcome
  ) -> JSONValue {
    let tried = branches.map { branch in
      var attempt = SchemaOutcome()
      let value = value(node, branch, path: path, into: &attempt)
      return (value: value, outcome: attempt, fits: SchemaRules(branch.object ?? [:]).allows(node))
    }
    let good = tried.filter { $0.outcome.findings.isEmpty }
    if exactlyOne, good.count > 1 {
      outcome.add("bad-value", "\(name(path)): \(node.kindName) fits more than one of the plugin's alternatives", at: node.place)
    }
    if let first = good.first {
      outcome.merge(first.outcome)
      return first.value
    }
    let sameKind = tried.filter(\.fits)
    let closest = (sameKind.isEmpty ? tried : sameKind).min { $0.outcome.findings.count < $1.outcome.findings.count }
    if let closest, sameKind.count == 1 {
      outcome.merge(closest.outcome)
      return closest.value
    }
    outcome.masks += tried.flatMap(\.outcome.masks)
    let expected = branches.map { SchemaRules($0.object ?? [:]).expectation }
    let shown = outcome.masks.contains(node.place) ? "something else" : node.kindName
    outcome.add("bad-value", "\(name(path)) is \(expected.joined(separator: ", or ")), found \(shown)", at: node.place)
    return closest?.value ?? .null
  }

  private func wrongKind(_ node: ConfigNode, _ rules: SchemaRules, _ path: [String], _ outcome: inout SchemaOutcome) -> JSONValue {
    outcome.add(
      "wrong-kind", "\(name(path)) is \(rules.expectation), found \(node.kindName)", at: node.place,
      hint: rules.isTyped && rules.allows(.boolean) ? node.scalar?.meantBool.map { "did you mean \($0)?" } : nil)
    return .null
  }

  /// A value that the schema says nothing about.
  private func free(_ node: ConfigNode, path: [String], into outcome: inout SchemaOutcome) -> JSONValue {
    switch node.content {
    case .invalid: return .null
    case .mapping(let entries): return object(entries, node, SchemaRules([:]), path, &outcome)
    case .sequence(let items): return array(items, node, SchemaRules([:]), path, &outcome)
    case .scalar(let scalar): return self.scalar(scalar, node, SchemaRules([:]), path, &outcome)
    }
  }

  private func name(_ path: [String]) -> String { path.joined(separator: ".") }
}
