public import OrderedJSON

/// What `hub schema` prints.
public enum ConfigSchema {
  /// JSON Schema (2020-12) of hub.yaml, made from the table that reads it.
  public static var json: JSONValue {
    var schema: JSONObject = ["$schema": "https://json-schema.org/draft/2020-12/schema", "title": "hub.yaml"]
    for member in HubConfiguration.schema { schema[member.key] = member.value }
    return .object(schema)
  }

  /// A table of every key for the documentation: key, type, default, meaning, in Markdown.
  public static var markdown: String {
    var rows = ["| key | kind | default | meaning |", "| --- | --- | --- | --- |"]
    describe(HubConfiguration.schema, "", into: &rows)
    return rows.joined(separator: "\n") + "\n"
  }

  private static func describe(_ schema: JSONObject, _ path: String, into rows: inout [String]) {
    for member in schema["properties"]?.object ?? [:] {
      guard let inner = member.value.object else { continue }
      let own = path.isEmpty ? member.key : "\(path).\(member.key)"
      let needed = schema["required"]?.array?.contains(.string(member.key)) == true ? "required" : ""
      let standard = inner["default"].map { "`\($0)`" } ?? needed
      rows.append("| `\(own)` | \(kind(inner)) | \(standard) | \(inner["description"]?.string ?? "") |")
      describe(inner, own, into: &rows)
      if let element = inner["additionalProperties"]?.object { describe(element, "\(own).NAME", into: &rows) }
    }
  }

  private static func kind(_ schema: JSONObject) -> String {
    if let words = schema["enum"]?.array { return words.compactMap(\.string).joined(separator: ", ") }
    if let branches = schema["anyOf"]?.array { return branches.compactMap { $0.object.map(kind) }.joined(separator: " or ") }
    if let word = schema["const"]?.string { return word }
    if schema["format"]?.string == "secret" { return "secret" }
    switch schema["pattern"]?.string {
    case DurationText.pattern: return "duration"
    case ByteSize.pattern: return "size"
    case Rate.pattern: return "rate"
    default: break
    }
    if let items = schema["items"]?.object { return "list of \(kind(items))" }
    if let type = schema["type"]?.string { return type == "object" ? "mapping" : type }
    return schema["type"]?.array?.compactMap(\.string).joined(separator: " or ") ?? ""
  }
}
