import OrderedJSON

/// What a provider's element loses before it is kept as `raw` or hashed: keys of the server, keys of encrypted media, and bytes.
enum Scrubbing {
  /// In lower case, without `_` and `-`.
  private static let secrets: Set = ["apikey", "token", "mediakey", "messagesecret", "encpayload", "enciv", "globalapikey"]
  /// Bytes as base64 text.
  private static let bulk: Set = ["base64", "jpegthumbnail", "pngthumbnail", "thumbnail", "waveform"]
  /// Deeper than any message nests.
  private static let depth = 32

  static func scrub(_ value: JSONValue) -> JSONValue { scrub(value, depth: depth) }

  private static func scrub(_ value: JSONValue, depth: Int) -> JSONValue {
    guard depth > 0 else { return .null }
    switch value {
    case .array(let elements): return .array(elements.map { scrub($0, depth: depth - 1) })
    case .object(let object):
      if WireBytes.isBytes(object) { return .null }
      return .object(
        JSONObject(
          object.lazy.filter { isKept($0.key) }.map { ($0.key, scrub($0.value, depth: depth - 1)) }))
    default: return value
    }
  }

  private static func isKept(_ key: String) -> Bool {
    let plain = key.lowercased().filter { $0 != "_" && $0 != "-" }
    return secrets.contains(plain) == false && bulk.contains(plain) == false
  }
}
