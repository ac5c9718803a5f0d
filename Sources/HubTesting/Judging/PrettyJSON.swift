public import OrderedJSON

/// JSON with two spaces of indentation, members in their order: a golden file that a person can read and compare.
public enum PrettyJSON {
  /// The text, with a line end after it.
  public static func text(_ value: JSONValue) -> String { write(value, indent: "") + "\n" }

  private static func write(_ value: JSONValue, indent: String) -> String {
    let inner = indent + "  "
    switch value {
    case .array(let elements) where elements.isEmpty == false:
      return "[\n" + elements.map { inner + write($0, indent: inner) }.joined(separator: ",\n") + "\n" + indent + "]"
    case .object(let object) where object.isEmpty == false:
      let members = object.map { "\(inner)\(JSONValue.string($0.key)): \(write($0.value, indent: inner))" }
      return "{\n" + members.joined(separator: ",\n") + "\n" + indent + "}"
    default: return value.description
    }
  }
}
