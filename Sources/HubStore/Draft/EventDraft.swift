internal import HubModel
internal import OrderedJSON

/// Why an event can never be stored.
struct DraftError: Error {
  let reason: String
}

/// An incoming event, checked and taken apart: everything that can be done before the writer's turn is done here, on the caller's thread.
/// Immutable; a class because it is handed from queue to queue and is large.
final class EventDraft: Sendable {
  let event: IncomingEvent
  let kind: EventKind
  /// The person concerned: the conversation's other side, or the author within a group.
  let person: PersonDraft?
  let group: Bool
  /// Whether the conversation is known by the provider's key of it, though it is with one contact only: `conversation.keyed`.
  let isKeyed: Bool
  /// Whether the body says who the person is; else the conversation's key does.
  let namesPerson: Bool
  let conversationName: String?
  let message: MessageDraft?
  let change: ChangeDraft?
  /// What a history's placeholder lacked.
  let lateMedia: LateMedia?
  /// The text of a `message` member on a kind whose `message` is not one of the conversation's.
  let otherMessage: [UInt8]?
  /// The members that only pass through, as text, each with a comma before it; `raw` is last and always there.
  let rest: [UInt8]

  init(_ event: IncomingEvent, options: JournalOptions) throws(DraftError) {
    self.event = event
    kind = try Self.checkEnvelope(event, options: options)
    let body: JSONObject
    do {
      guard let object = try JSONValue(parsing: event.body).object else { throw DraftError(reason: "the body is not a JSON object") }
      body = object
    } catch let error as JSONError {
      throw DraftError(reason: "the body is not JSON: \(error)")
    } catch {
      throw DraftError(reason: "the body is not a JSON object")
    }
    let conversation = try Self.object("conversation", in: body)
    group = conversation?["group"]?.bool ?? false
    isKeyed = !group && conversation?["keyed"]?.bool == true && !event.conversation.isEmpty && !event.conversation.hasPrefix("cnv_")
    conversationName = conversation?["name"]?.string
    let named = try Self.object("contact", in: body).flatMap(PersonDraft.init)
    namesPerson = named != nil
    person = named ?? (group ? nil : PersonDraft(key: event.conversation))
    message =
      try Self.carriesMessage(kind)
      ? Self.object("message", in: body).map { (value) throws(DraftError) in
        try MessageDraft(value, event: event)
      } : nil
    change = try ChangeDraft(kind: kind, body: body)
    lateMedia = kind == .history ? body["history"]?.object.flatMap(LateMedia.init) : nil
    otherMessage = message == nil && change == nil ? body["message"]?.serialized() : nil
    if kind == .messageCreated {
      guard message != nil else { throw DraftError(reason: "message is missing") }
      guard person != nil || !event.conversation.isEmpty else { throw DraftError(reason: "neither contact nor conversation is given") }
    }
    if group, event.conversation.isEmpty { throw DraftError(reason: "a group without the conversation's key") }
    rest = Self.rest(of: body, change: change)
  }

  /// Whether it is about the conversation itself, as opposed to something in it.
  var tellsConversation: Bool { kind == .conversationCreated || kind == .conversationUpdated }

  /// Kinds whose `message` is a message of the conversation and not just a member that passes through.
  private static func carriesMessage(_ kind: EventKind) -> Bool { kind == .messageCreated || kind == .history }

  private static func checkEnvelope(_ event: IncomingEvent, options: JournalOptions) throws(DraftError) -> EventKind {
    guard let kind = EventKind(rawValue: event.kind) else { throw DraftError(reason: "the kind \(event.kind.prefix(64)) is not known") }
    try Self.check("tenant", event.tenant)
    try Self.check("channel", event.channel)
    try Self.check("account", event.account)
    try Self.check("id", event.id)
    guard event.conversation.utf8.count <= 1024, event.cause.utf8.count <= 1024 else {
      throw DraftError(reason: "conversation and cause must not exceed 1024 bytes")
    }
    guard event.body.count <= options.maxBody else { throw DraftError(reason: "the body has more than \(options.maxBody) bytes") }
    return kind
  }

  private static func check(_ name: StaticString, _ value: String) throws(DraftError) {
    let count = value.utf8.count
    guard count > 0, count <= 1024, value.utf8.withContiguousStorageIfAvailable({ $0.contains(0) }) ?? value.utf8.contains(0) == false
    else {
      throw DraftError(reason: "\(name) must have 1 to 1024 bytes and no NUL")
    }
  }

  static func object(_ name: String, in body: JSONObject) throws(DraftError) -> JSONObject? {
    switch body[name] {
    case nil, .null?: return nil
    case .object(let value)?: return value
    default: throw DraftError(reason: "\(name) is not an object")
    }
  }

  /// Whether the journal writes it itself; a channel's member of that name would be a second one.
  private static func isOwn(_ name: String) -> Bool {
    switch name {
    case "contact", "conversation", "message", "raw", "v", "id", "kind", "tenant", "channel", "provider", "account", "occurredAt",
      "receivedAt":
      true
    default: false
    }
  }

  private static func rest(of body: JSONObject, change: ChangeDraft?) -> [UInt8] {
    var output: [UInt8] = []
    if let layout = body.layout { return rest(of: layout, change: change) }
    for member in body where !isOwn(member.key) && member.key != change?.memberName {
      output.append(UInt8(ascii: ","))
      JSONText.writeString(member.key, to: &output)
      output.append(UInt8(ascii: ":"))
      member.value.write(to: &output)
    }
    output.append(contentsOf: #","raw":"#.utf8)
    (body["raw"] ?? .null).write(to: &output)
    return output
  }

  /// The same out of text that can be passed on as it is.
  private static func rest(of layout: JSONLayout, change: ChangeDraft?) -> [UInt8] {
    var output: [UInt8] = []
    var raw: JSONLayout.Place?
    for place in layout.places {
      let key = String(decoding: layout.text[place.key], as: UTF8.self)
      if key == "raw" { raw = place }
      if isOwn(key) || key == change?.memberName { continue }
      output.append(UInt8(ascii: ","))
      output.append(contentsOf: layout.text[(place.key.lowerBound - 1)..<place.value.upperBound])
    }
    output.append(contentsOf: #","raw":"#.utf8)
    output.append(contentsOf: raw.map { layout.text[$0.value] } ?? Array("null".utf8)[...])
    return output
  }
}
