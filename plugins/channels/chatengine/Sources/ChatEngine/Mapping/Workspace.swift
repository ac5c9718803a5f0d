import HubModel
import HubPluginSDK
import OrderedJSON

/// A moment by both clocks.
struct Moment: Sendable, Hashable {
  /// Milliseconds since 1970, for what carries no time of its own.
  var wallMs: Int64
  /// Milliseconds of a clock that only runs forward, for what lapses.
  var clock: UInt64
}

/// What is known of one workspace, and what becomes of what its server says. Pure: the time is told to it, and the same sequence of events
/// gives the same canonical events. One bad item never stops its neighbours.
struct Workspace: Sendable {
  /// Messages whose conversation, content and status are known: what a repetition is compared with, and what routes a status.
  static let messageLimit = 100_000
  /// Conversations whose contact is known.
  static let conversationLimit = 20_000

  /// The id; the account's name in hub.yaml.
  let id: String
  /// Senders that are never the contact, by configuration.
  let ownSenders: Set<String>
  /// The user of the connection's token: the hub itself.
  var ownUser: String?
  var conversations = BoundedMap<String, KnownConversation>(limit: conversationLimit)
  var contacts = KnownContacts(limit: conversationLimit)
  var messages = BoundedMap<String, KnownMessage>(limit: messageLimit)
  var held = HeldStatuses()
  var typists = BoundedMap<Typist, UInt64>(limit: 10_000)

  init(id: String, ownSenders: Set<String> = [], ownUser: String? = nil) {
    (self.id, self.ownSenders, self.ownUser) = (id, ownSenders, ownUser)
  }

  /// Takes an event of the server.
  mutating func read(_ name: String, _ arguments: [JSONValue], at moment: Moment) -> Parsed {
    var parsed = Parsed()
    switch name {
    case "message": forEach(arguments, into: &parsed) { $0.read(message: $1, at: moment, into: &$2) }
    case "conversation": forEach(arguments, into: &parsed) { $0.read(conversation: $1, at: moment, into: &$2) }
    case "messageStatus": forEach(arguments, into: &parsed) { $0.read(status: $1, at: moment, into: &$2) }
    case "typing": forEach(arguments, into: &parsed) { $0.read(typing: $1, at: moment, into: &$2) }
    case "error":
      parsed.serverError = String(Self.words(arguments.first).prefix(200))
      parsed.drop(.serverError)
    default:
      parsed.note(.event(name))
      parsed.keep(stray: unknown(.array(arguments), of: name, what: "event", at: moment))
    }
    return parsed
  }

  /// Ends what nobody ended: typing after 10 s, the wait for a message after 60 s.
  mutating func pass(to moment: Moment) -> Parsed {
    var parsed = Parsed()
    while let (typist, due) = typists.first, due <= moment.clock { stop(typist, at: moment, into: &parsed) }
    for status in held.expire(clock: moment.clock) { release(status, into: &parsed) }
    return parsed
  }

  /// When `pass` has something to do next; nil while nothing waits.
  var deadline: UInt64? { [typists.first?.value, held.deadline].compactMap { $0 }.min() }

  // MARK: Items

  /// Each item of an event: its arguments, or the elements of one that is a list.
  private mutating func forEach(
    _ arguments: [JSONValue], into parsed: inout Parsed, _ read: (inout Workspace, JSONObject, inout Parsed) -> Void
  ) {
    if arguments.isEmpty { parsed.drop(.malformedItem) }
    for item in arguments.flatMap({ $0.array ?? [$0] }) {
      guard case .object(let object) = item else {
        parsed.drop(.malformedItem)
        continue
      }
      // The connection's token is one workspace's; a server that mixes them up must not mix tenants.
      if let workspace = object.identifier("workspaceId"), workspace != id {
        parsed.drop(.foreignWorkspace)
        continue
      }
      read(&self, object, &parsed)
    }
  }

  private static func words(_ value: JSONValue?) -> String { value?.string ?? value?["message"]?.string ?? "" }
}

extension Workspace {
  /// The id of a conversation; nil when there is none, and for what would name one of the hub's own.
  static func conversation(_ value: String?) -> String? { value.flatMap { $0.hasPrefix("cnv_") ? nil : $0 } }

  /// An event of this workspace; in a conversation its body begins with the contact and the conversation.
  func event(
    _ kind: EventKind, id: String, in conversation: String?, contact: JSONValue? = nil, timeMs: Int64, _ fill: (inout JSONObject) -> Void
  ) -> ChannelEvent {
    var body = JSONObject()
    body.add("contact", contact)
    // A contact may have several conversations, one for each number: it is the key that tells them apart.
    if conversation != nil { body.append("conversation", ["group": false, "keyed": true]) }
    fill(&body)
    return ChannelEvent(kind: kind, id: id, account: self.id, conversation: conversation ?? "", timeMs: timeMs, body: body)
  }

  /// What cannot be understood, kept: the server does not send it twice, so what looks the same later is another.
  func unknown(_ item: JSONValue, of name: String, what: StaticString, at moment: Moment) -> ChannelEvent {
    let id = "\(Fingerprint.text(Fingerprint.of(item))):\(moment.wallMs)"
    return event(.unknown, id: id, in: nil, timeMs: moment.wallMs) { body in
      body.append("unknown", ["event": .string(String(name.prefix(64))), "what": .string("\(what)")])
      body.append("raw", item)
    }
  }
}
