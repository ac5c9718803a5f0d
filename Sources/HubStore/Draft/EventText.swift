internal import HubModel
internal import OrderedJSON

/// Writes the canonical event (dialects, section 1) with its members in one fixed order.
struct EventText {
  private(set) var bytes: [UInt8] = []

  /// Opens the event: everything before the conversation.
  init(
    id: String, kind: String, tenant: String, channel: String, provider: String, account: String, timeMs: Int64, receivedMs: Int64,
    capacity: Int
  ) {
    bytes.reserveCapacity(capacity)
    literal(#"{"v":1,"id":""#)
    put(id)
    literal(#"","kind":""#)
    put(kind)
    literal(#"","tenant":"#)
    string(tenant)
    literal(#","channel":"#)
    string(channel)
    literal(#","provider":"#)
    string(provider)
    literal(#","account":"#)
    string(account)
    literal(#","occurredAt":""#)
    put(Timestamp(milliseconds: timeMs))
    literal(#"","receivedAt":""#)
    put(Timestamp(milliseconds: receivedMs))
    literal("\"")
  }

  var count: Int { bytes.count }

  /// Text that is written in the program.
  mutating func literal(_ text: StaticString) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func put(_ text: String) { bytes.append(contentsOf: text.utf8) }
  mutating func put(_ time: Timestamp) { time.write(to: &bytes) }
  mutating func put(_ text: [UInt8]) { bytes.append(contentsOf: text) }
  mutating func string(_ text: String) { JSONText.writeString(text, to: &bytes) }
  mutating func value(_ value: JSONValue) { value.write(to: &bytes) }

  mutating func optional(_ text: String?) {
    if let text { string(text) } else { literal("null") }
  }

  mutating func optional(_ time: Timestamp?) {
    guard let time else { return literal("null") }
    literal("\"")
    put(time)
    literal("\"")
  }

  mutating func number(_ value: Int64) { put(String(value)) }
}
