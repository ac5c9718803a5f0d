import OrderedJSON

/// The keywords of one schema object, as the validator asks for them.
struct SchemaRules {
  enum Kind: String, CaseIterable {
    case null, boolean, integer, number, string, array, object

    var words: String {
      switch self {
      case .null: "nothing"
      case .boolean: "true or false"
      case .integer: "a whole number"
      case .number: "a number"
      case .string: "text"
      case .array: "a list"
      case .object: "a mapping"
      }
    }
  }

  private let members: JSONObject
  private let kinds: [Kind]?

  init(_ members: JSONObject) {
    self.members = members
    kinds = Self.kinds(of: members)
  }

  subscript(keyword: SchemaKeyword) -> JSONValue? { members[keyword.rawValue] }
  func object(_ keyword: SchemaKeyword) -> JSONObject? { self[keyword]?.object }

  /// Whether the schema restricts the kind at all.
  var isTyped: Bool { kinds != nil }
  var format: SchemaFormat? { self[.format]?.string.flatMap(SchemaFormat.init) }

  func allows(_ kind: Kind) -> Bool { kinds?.contains(kind) ?? true }

  func allows(_ node: ConfigNode) -> Bool {
    switch node.content {
    case .mapping: allows(.object)
    case .sequence: allows(.array)
    case .scalar(let scalar): typed(scalar) != nil
    case .invalid: true
    }
  }

  /// What a reader would write here.
  var expectation: String {
    if format == .secret { return "a secret reference" }
    if let value = self[.const] { return Self.text(of: value) }
    if let values = self[.enum]?.array { return "one of \(values.map(Self.text).joined(separator: ", "))" }
    return kinds?.map(\.words).joined(separator: " or ") ?? "anything"
  }

  /// A branch of oneOf or anyOf together with what stands beside it.
  func merged(with branch: JSONValue) -> JSONValue {
    guard let own = branch.object else { return branch }
    var all = JSONObject(members.filter { ![SchemaKeyword.oneOf, .anyOf].map(\.rawValue).contains($0.key) }.map { ($0.key, $0.value) })
    for member in own { all[member.key] = member.value }
    return .object(all)
  }

  /// The scalar as the kind that the schema wants; nil when it is of none of them. A number stays text where text is wanted.
  func typed(_ scalar: ConfigScalar) -> JSONValue? {
    if scalar.isPlain {
      if scalar.isNull, allows(.null) { return .null }
      if let value = scalar.bool, allows(.boolean) { return .bool(value) }
      if let number = JSONNumber(text: scalar.text), allows(.number) || (allows(.integer) && number.int64 != nil) {
        return .number(number)
      }
      if scalar.isNull { return nil }
    }
    return allows(.string) ? .string(scalar.text) : nil
  }

  /// What is wrong with a scalar of the right kind, and what to write instead.
  func mistake(in value: JSONValue) -> (message: String, hint: String?)? {
    if let wanted = self[.const], wanted != value { return ("must be \(Self.text(of: wanted))", nil) }
    if let values = self[.enum]?.array, !values.contains(value) {
      let words = values.map(Self.text)
      let hint = nearestName(to: Self.text(of: value), in: words).map { "did you mean \"\($0)\"?" }
      return ("\(Self.shown(value)) is not one of \(words.joined(separator: ", "))", hint)
    }
    if let text = value.string { return mistake(inText: text) }
    if let number = value.double { return mistake(in: number, shown: value.description).map { ($0, nil) } }
    return nil
  }

  private func mistake(inText text: String) -> (message: String, hint: String?)? {
    let count = Int64(text.unicodeScalars.count)
    if let least = self[.minLength]?.int64, count < least { return ("needs at least \(least) characters, has \(count)", nil) }
    if let most = self[.maxLength]?.int64, count > most { return ("takes at most \(most) characters, has \(count)", nil) }
    // First what has words of its own.
    if let mistake = format?.mistake(in: text) { return (mistake, nil) }
    guard let pattern = self[.pattern]?.string, let regex = try? Regex(pattern), (try? regex.firstMatch(in: text)) == nil else {
      return nil
    }
    return ("\(quoted(text)) does not match \(pattern)", self[.description]?.string)
  }

  private func mistake(in number: Double, shown: String) -> String? {
    if let least = self[.minimum]?.double, number < least { return "\(shown) is less than \(JSONNumber(least).text)" }
    if let most = self[.maximum]?.double, number > most { return "\(shown) is more than \(JSONNumber(most).text)" }
    if let least = self[.exclusiveMinimum]?.double, number <= least { return "\(shown) is not more than \(JSONNumber(least).text)" }
    if let most = self[.exclusiveMaximum]?.double, number >= most { return "\(shown) is not less than \(JSONNumber(most).text)" }
    return nil
  }

  private static func text(of value: JSONValue) -> String { value.string ?? value.description }
  private static func shown(_ value: JSONValue) -> String { value.string.map(quoted) ?? value.description }

  /// The kinds that `type` states, or that the listed values and other keywords imply.
  private static func kinds(of members: JSONObject) -> [Kind]? {
    if let name = members["type"]?.string { return Kind(rawValue: name).map { [$0] } }
    if let names = members["type"]?.array { return names.compactMap { $0.string.flatMap(Kind.init) } }
    if let values = members["enum"]?.array ?? members["const"].map({ [$0] }) {
      return Array(Set(values.map(kind))).sorted { $0.rawValue < $1.rawValue }
    }
    if members["format"] != nil || members["pattern"] != nil { return [.string] }
    if members["properties"] != nil { return [.object] }
    return members["items"] != nil ? [.array] : nil
  }

  private static func kind(of value: JSONValue) -> Kind {
    switch value {
    case .null: .null
    case .bool: .boolean
    case .number: .number
    case .string: .string
    case .array: .array
    case .object: .object
    }
  }
}
