import HubModel
import OrderedJSON

/// Writes the JSON object of an event straight into bytes: most events are small and there are many of them.
struct BodyWriter {
  private var bytes: [UInt8] = []
  private var isFirst = true

  init() {
    bytes.reserveCapacity(704)
    bytes.append(UInt8(ascii: "{"))
  }

  /// Closes the object and gives its text.
  consuming func finish() -> [UInt8] {
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }

  mutating func null(_ key: StaticString) {
    begin(key)
    append("null")
  }

  mutating func flag(_ key: StaticString, _ value: Bool) {
    begin(key)
    append(value ? "true" : "false")
  }

  mutating func text(_ key: StaticString, _ value: String) {
    begin(key)
    JSONText.writeString(value, to: &bytes)
  }

  mutating func time(_ key: StaticString, milliseconds: Int64) {
    begin(key)
    bytes.append(UInt8(ascii: "\""))
    Timestamp(milliseconds: milliseconds).write(to: &bytes)
    bytes.append(UInt8(ascii: "\""))
  }

  mutating func textOrNull(_ key: StaticString, _ value: String?) {
    if let value { text(key, value) } else { null(key) }
  }

  mutating func textIfAny(_ key: StaticString, _ value: String?) {
    if let value { text(key, value) }
  }

  mutating func value(_ key: StaticString, _ value: JSONValue) {
    begin(key)
    value.write(to: &bytes)
  }

  mutating func valueOrNull(_ key: StaticString, _ value: JSONValue?) {
    if let value { self.value(key, value) } else { null(key) }
  }

  mutating func valueIfAny(_ key: StaticString, _ value: JSONValue?) {
    if let value { self.value(key, value) }
  }

  /// The members of `object`, as they are.
  mutating func members(of object: JSONObject) {
    for member in object {
      separate()
      JSONText.writeString(member.key, to: &bytes)
      bytes.append(UInt8(ascii: ":"))
      member.value.write(to: &bytes)
    }
  }

  mutating func object(_ key: StaticString, _ fill: (inout BodyWriter) -> Void) {
    begin(key)
    bytes.append(UInt8(ascii: "{"))
    isFirst = true
    fill(&self)
    bytes.append(UInt8(ascii: "}"))
    isFirst = false
  }

  private mutating func begin(_ key: StaticString) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    append(key)
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
  }

  private mutating func separate() {
    if isFirst == false { bytes.append(UInt8(ascii: ",")) }
    isFirst = false
  }

  private mutating func append(_ literal: StaticString) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
  }
}
