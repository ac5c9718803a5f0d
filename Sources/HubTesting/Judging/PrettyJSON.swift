public import OrderedJSON

/// JSON with two spaces of indentation, members in their order: a golden file that a person can read and compare.
public enum PrettyJSON {
  /// The text, with a line end after it.
  public static func text(_ value: JSONValue) -> String { value.indented + "\n" }
}
