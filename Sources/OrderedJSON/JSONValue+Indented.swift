extension JSONValue {
  /// The text with two spaces of indentation for each level, members in their order: for people to read and compare.
  public var indented: String { written(indent: "") }

  private func written(indent: String) -> String {
    let inner = indent + "  "
    switch self {
    case .array(let elements) where elements.isEmpty == false:
      return "[\n" + elements.map { inner + $0.written(indent: inner) }.joined(separator: ",\n") + "\n" + indent + "]"
    case .object(let object) where object.isEmpty == false:
      let members = object.map { "\(inner)\(JSONValue.string($0.key)): \($0.value.written(indent: inner))" }
      return "{\n" + members.joined(separator: ",\n") + "\n" + indent + "}"
    default: return description
    }
  }
}
