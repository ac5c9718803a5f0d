import HubModel
import HubPluginSDK
import OrderedJSON

/// What is around every event: which, of which instance, and the data (reference 1.5). Its `apikey` is never read.
struct Envelope {
  /// As written, in lower case: `messages.upsert`.
  let event: String
  /// The instance's name.
  let instance: String
  let data: JSONValue
  /// The server's local time with a false `Z`: good to tell a retry from something new, and for nothing else.
  let dateTime: String
  /// The time of what carries none.
  let receivedMs: Int64

  init(event: String, instance: String, _ root: JSONObject, receivedMs: Int64) {
    self.event = event
    self.instance = instance
    data = root["data"] ?? .null
    // Rather twice than never: without it a state that comes back would look like its own repetition.
    dateTime = root.identifier("date_time") ?? "\(receivedMs)"
    self.receivedMs = receivedMs
  }

  /// An event of this instance.
  func event(
    _ kind: EventKind, id: String, conversation: String = "", timeMs: Int64? = nil, _ fill: (inout JSONObject) -> Void
  ) -> ChannelEvent {
    var body = JSONObject()
    fill(&body)
    return ChannelEvent(
      kind: kind, id: id, account: instance, conversation: conversation, timeMs: timeMs ?? receivedMs, body: body)
  }

  /// An event about a chat: its body begins with the person and the conversation.
  func event(
    _ kind: EventKind, id: String, in chat: Chat, timeMs: Int64? = nil, _ fill: (inout JSONObject) -> Void
  ) -> ChannelEvent {
    event(kind, id: id, conversation: chat.key, timeMs: timeMs) { body in
      body.add("contact", chat.person?.json)
      body.append("conversation", chat.json)
      fill(&body)
    }
  }

  /// What cannot be understood, kept: the provider does not send it twice.
  func unknown(_ element: JSONValue, what: StaticString) -> ChannelEvent {
    event(.unknown, id: Fingerprint.of(element, in: self)) { body in
      body.append("unknown", ["event": .string(event), "what": .string(String(describing: what))])
      body.append("raw", Scrubbing.scrub(element))
    }
  }
}
