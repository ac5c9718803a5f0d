import OrderedJSON

/// Binary attachments of a socket's event, in the place of what stands for them.
enum Attachments {
  /// The same value with every placeholder of a digest's size replaced by the bytes, in the form in which a webhook carries them. Longer ones
  /// stay placeholders: nobody here needs their bytes.
  static func restored(_ value: JSONValue, _ attachments: [[UInt8]]) -> JSONValue {
    guard attachments.contains(where: { $0.count <= WireBytes.limit }) else { return value }
    return replaced(value, attachments)
  }

  private static func replaced(_ value: JSONValue, _ attachments: [[UInt8]]) -> JSONValue {
    switch value {
    case .array(let elements): return .array(elements.map { replaced($0, attachments) })
    case .object(let object):
      guard object["_placeholder"] == true else {
        return .object(JSONObject(object.lazy.map { ($0.key, replaced($0.value, attachments)) }))
      }
      guard let number = object["num"]?.int64, attachments.indices.contains(Int(clamping: number)) else { return value }
      let bytes = attachments[Int(number)]
      guard bytes.count <= WireBytes.limit else { return value }
      return ["type": "Buffer", "data": .array(bytes.map { .number(JSONNumber(Int64($0))) })]
    default: return value
    }
  }
}
