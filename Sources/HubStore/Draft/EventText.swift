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
    put(#"{"v":1,"id":""#)
    put(id)
    put(#"","kind":""#)
    put(kind)
    put(#"","tenant":"#)
    string(tenant)
    put(#","channel":"#)
    string(channel)
    put(#","provider":"#)
    string(provider)
    put(#","account":"#)
    string(account)
    put(#","occurredAt":""#)
    put(Timestamp(milliseconds: timeMs).iso8601)
    put(#"","receivedAt":""#)
    put(Timestamp(milliseconds: receivedMs).iso8601)
    put("\"")
  }

  var count: Int { bytes.count }

  mutating func put(_ text: String) { bytes.append(contentsOf: text.utf8) }
  mutating func put(_ text: [UInt8]) { bytes.append(contentsOf: text) }
  mutating func string(_ text: String) { JSONText.writeString(text, to: &bytes) }
  mutating func value(_ value: JSONValue) { value.write(to: &bytes) }

  mutating func optional(_ text: String?) {
    if let text { string(text) } else { put("null") }
  }

  mutating func number(_ value: Int64) { put(String(value)) }
}
