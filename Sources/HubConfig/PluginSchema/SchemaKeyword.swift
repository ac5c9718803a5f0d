/// The keywords of JSON Schema (2020-12) that the hub checks. One that it does not check is reported, never ignored.
enum SchemaKeyword: String, CaseIterable {
  case type, properties, required, additionalProperties, items, `enum`, const, pattern, minimum, maximum, exclusiveMinimum
  case exclusiveMaximum, minLength, maxLength, minItems, maxItems, uniqueItems, oneOf, anyOf, format
  case condition = "if"
  case consequence = "then"
  case alternative = "else"
  case `default`
  case reference = "$ref"
  case definitions = "$defs"
  case claim = "x-hub-claim"
  case account = "x-hub-account"
  case provider = "x-hub-provider"
  case maxBody = "x-hub-max-body"
  case rate = "x-hub-rate"
  case title, description, examples, deprecated
  case dialect = "$schema"
  case identifier = "$id"
  case comment = "$comment"
}

/// The formats that the hub checks.
enum SchemaFormat: String, CaseIterable {
  case duration, size, uri, secret, namespace
  case httpPath = "http-path"

  /// What is wrong with the text; nil when nothing is. Secrets are checked where they are collected.
  func mistake(in text: String) -> String? {
    switch self {
    case .duration: DurationText.parse(text) == nil ? "\(quoted(text)) is not a duration such as 25s" : nil
    case .size: ByteSize(text) == nil ? "\(quoted(text)) is not a size such as 1MB" : nil
    case .uri: WebText.mistake(inURL: text, schemes: [])
    case .httpPath: WebText.mistake(inPath: text)
    case .namespace: WebText.mistake(inNamespace: text)
    case .secret: nil
    }
  }
}
