internal import HubModel
internal import Logging
internal import OrderedJSON

/// One log line before it is spelled: pure, so that what a line looks like needs no logger to test.
struct LogLine {
  let milliseconds: Int64
  let level: Logger.Level
  let label: String
  let message: String
  let members: JSONObject

  init(
    milliseconds: Int64, level: Logger.Level, label: String, message: String, metadata: Logger.Metadata, error: (any Error)?,
    redactor: Redactor
  ) {
    self.milliseconds = milliseconds
    self.level = level
    self.label = label
    self.message = redactor.redact(message)
    var members: JSONObject = [:]
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      members[Self.memberName(key)] = Self.value(value, under: key, redactor)
    }
    if let error { members["error"] = .string(redactor.redact("\(error)")) }
    self.members = members
  }

  /// One JSON object and a line feed.
  var json: [UInt8] {
    var object: JSONObject = [
      "time": .string(Timestamp(milliseconds: milliseconds).iso8601), "level": .string(level.rawValue), "logger": .string(label),
      "message": .string(message),
    ]
    if let cause = members["cause"] { object["cause"] = cause }
    for member in members { object[member.key] = member.value }
    return JSONValue.object(object).serialized() + [UInt8(ascii: "\n")]
  }

  /// `12:00:00.000 info  message  key=value …` and a line feed.
  var human: [UInt8] {
    let clock = Timestamp(milliseconds: milliseconds).iso8601.dropFirst(11).dropLast()
    let name = level.rawValue.padded(to: 8)
    var text = "\(clock) \(name) \(message)"
    for member in members { text += "  \(member.key)=\(member.value.string.map(Self.word) ?? member.value.description)" }
    return Array(text.utf8) + [UInt8(ascii: "\n")]
  }

  /// Metadata can't pose as one of the line's own members.
  private static func memberName(_ key: String) -> String {
    ["time", "level", "logger", "message"].contains(key) ? "_\(key)" : key
  }

  private static func value(_ value: Logger.MetadataValue, under key: String, _ redactor: Redactor) -> JSONValue {
    if SecretKeys.isSecret(key) { return .string(Redactor.mark) }
    switch value {
    case .string(let text): return .string(redactor.redact(text))
    case .stringConvertible(let value):
      switch value {
      case let number as any BinaryInteger: return Int64(exactly: number).map { .number(JSONNumber($0)) } ?? .string("\(number)")
      case let flag as Bool: return .bool(flag)
      case let number as Double where number.isFinite: return .number(JSONNumber(number))
      default: return .string(redactor.redact(value.description))
      }
    case .array(let items): return .array(items.map { Self.value($0, under: "", redactor) })
    case .dictionary(let members):
      let sorted = members.sorted { $0.key < $1.key }
      return .object(JSONObject(sorted.map { ($0.key, Self.value($0.value, under: $0.key, redactor)) }))
    }
  }

  /// A text as it is when it is one plain word, quoted otherwise, so that a terminal never sees control characters.
  private static func word(_ text: String) -> String {
    let isPlain = !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x7F }
    return isPlain ? text : JSONValue.string(text).description
  }
}

extension String {
  func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
