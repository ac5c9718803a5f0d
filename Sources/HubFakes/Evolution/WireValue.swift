import OrderedJSON

/// Values that WhatsApp has and JSON lacks: bytes and long numbers. They travel as marked objects until it is known how they are written.
enum WireValue {
  private static let bytesMark = "\u{0}bytes"
  private static let longMark = "\u{0}long"

  static func bytes(_ bytes: [UInt8]) -> JSONValue { [bytesMark: .string(Encodings.base64(bytes))] }
  static func long(_ value: Int64) -> JSONValue { [longMark: .number(JSONNumber(value))] }

  /// As releases up to 2.3.5 write them: base64, and a decimal string.
  static func plain(_ value: JSONValue) -> JSONValue {
    written(value, bytes: { .string($0) }, long: { .string(String($0)) })
  }

  /// As webhooks of 2.3.6 write them: `{"0":137,…}` and `{"low":…,"high":…,"unsigned":…}`.
  static func indexed(_ value: JSONValue) -> JSONValue {
    written(
      value,
      bytes: { base64 in
        .object(JSONObject((Encodings.bytes(base64: base64) ?? []).enumerated().map { (String($0), .number(JSONNumber(Int64($1)))) }))
      }, long: halves)
  }

  /// As sockets of 2.3.6 write them: bytes are attachments.
  static func attached(_ value: JSONValue) -> (value: JSONValue, attachments: [[UInt8]]) {
    var attachments: [[UInt8]] = []
    let text = written(
      value,
      bytes: { base64 in
        attachments.append(Encodings.bytes(base64: base64) ?? [])
        return ["_placeholder": true, "num": .number(JSONNumber(Int64(attachments.count - 1)))]
      }, long: halves)
    return (text, attachments)
  }

  private static func halves(_ value: Int64) -> JSONValue {
    [
      "low": .number(JSONNumber(Int64(Int32(truncatingIfNeeded: value)))), "high": .number(JSONNumber(value >> 32)), "unsigned": true,
    ]
  }

  private static func written(_ value: JSONValue, bytes: (String) -> JSONValue, long: (Int64) -> JSONValue) -> JSONValue {
    switch value {
    case .array(let elements): return .array(elements.map { written($0, bytes: bytes, long: long) })
    case .object(let object):
      if let text = object[bytesMark]?.string { return bytes(text) }
      if let number = object[longMark]?.int64 { return long(number) }
      return .object(JSONObject(object.map { ($0.key, written($0.value, bytes: bytes, long: long)) }))
    default: return value
    }
  }
}
