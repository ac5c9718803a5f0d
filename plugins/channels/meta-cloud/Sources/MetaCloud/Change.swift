import HubModel
import OrderedJSON

/// One element of `entry[].changes[]`, with what its entry and its metadata say.
struct Change {
  /// The WABA id.
  let waba: String?
  /// `entry[].time` as written.
  let entryTime: String?
  let field: String
  let value: JSONObject
  /// `metadata.phone_number_id`.
  let account: String?
  /// The digits of `metadata.display_phone_number`.
  let businessPhone: String?
  /// The time of what carries none: that of the entry, else of the arrival.
  let fallbackMs: Int64

  init(_ change: JSONObject, value: JSONObject, entry: JSONObject, receivedMs: Int64) {
    waba = entry.identifier("id")
    entryTime = entry.text("time")
    field = change.identifier("field") ?? Self.impliedField(value)
    self.value = value
    let metadata = value.object("metadata")
    account = metadata?.identifier("phone_number_id")
    businessPhone = metadata?.identifier("display_phone_number").flatMap(Person.digits)
    fallbackMs = Moment.read(entry, "time") ?? receivedMs
  }

  /// Hand-made payloads leave the field out.
  private static func impliedField(_ value: JSONObject) -> String {
    if value["messages"] != nil || value["statuses"] != nil { return "messages" }
    if value["message_echoes"] != nil { return "smb_message_echoes" }
    return ""
  }

  /// An event of one account.
  func event(
    _ kind: EventKind, id: String, account: String, conversation: String = "", timeMs: Int64? = nil, _ fill: (inout BodyWriter) -> Void
  ) -> ChannelEvent {
    var body = BodyWriter()
    fill(&body)
    return ChannelEvent(
      kind: kind, id: id, account: account, conversation: conversation, timeMs: timeMs ?? fallbackMs, body: body.finish())
  }

  /// The element itself as an event, for what cannot be understood. It is worth keeping: the provider does not send it twice.
  func unknown(_ element: JSONObject, id: String? = nil, account: String, what: StaticString, timeMs: Int64? = nil) -> ChannelEvent {
    event(.unknown, id: id ?? Fingerprint.of(.object(element), in: self), account: account, timeMs: timeMs) { body in
      body.object("unknown") { body in
        body.text("field", field)
        body.text("what", String(describing: what))
      }
      body.value("raw", .object(element))
    }
  }
}
