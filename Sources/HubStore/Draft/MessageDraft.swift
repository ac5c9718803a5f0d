internal import HubModel
internal import OrderedJSON

/// A canonical message without the id and the status, which are the journal's to give.
struct MessageDraft: Sendable {
  let providerID: String
  let inbound: Bool
  /// Our own id of a message of ours, where the provider passes it on with the echo.
  let reference: String?
  /// Whether a person saw it come in, as opposed to typed on our side or brought by history.
  let countsAsUnread: Bool
  let status: MessageStatus
  /// From the comma after the id to the quote that opens the status word.
  let head: [UInt8]
  /// From the quote that closes the status word to the closing brace.
  let tail: [UInt8]

  /// The canonical types (dialects, section 1).
  static let types: Set<String> = [
    "text", "image", "video", "audio", "document", "sticker", "location", "contacts", "interactive", "order", "poll", "system",
    "unsupported",
  ]
  private static let origins: Set<String> = ["realtime", "echo", "api", "history"]

  init(_ object: JSONObject, event: IncomingEvent) throws(DraftError) {
    let history = event.kind == EventKind.history.rawValue
    if let ordered = OrderedMessage(object), !history || ordered.origin == "history" {
      try self.init(
        providerID: ordered.providerID, type: ordered.type, direction: ordered.direction, origin: ordered.origin, status: ordered.status,
        reference: object["reference"]?.string, history: history, pieces: { _ in (ordered.head, ordered.tail) })
    } else {
      var members = MessageMembers(object)
      try self.init(
        providerID: members.providerMessageId?.string, type: members.type?.string, direction: members.direction?.string,
        origin: history ? "history" : members.origin?.string ?? "realtime", status: members.status?.string,
        reference: members["reference"]?.string, history: history
      ) { origin in
        members.origin = .string(origin)
        if members.timestamp?.string == nil { members.timestamp = .string(Timestamp(milliseconds: event.timeMs).iso8601) }
        return members.pieces()
      }
    }
  }

  private init(
    providerID: String?, type: String?, direction: String?, origin: String, status given: String?, reference: String?, history: Bool,
    pieces: (_ origin: String) -> (head: [UInt8], tail: [UInt8])
  ) throws(DraftError) {
    guard let providerID, !providerID.isEmpty, providerID.utf8.count <= 1024 else {
      throw DraftError(reason: "message.providerMessageId is missing")
    }
    guard let type, Self.types.contains(type) else { throw DraftError(reason: "message.type is not known") }
    switch direction {
    case "inbound": inbound = true
    case "outbound": inbound = false
    default: throw DraftError(reason: "message.direction is neither inbound nor outbound")
    }
    guard Self.origins.contains(origin) else { throw DraftError(reason: "message.origin is not known") }
    self.providerID = providerID
    self.reference = inbound ? nil : reference
    countsAsUnread = inbound && !history && origin != "history" && origin != "echo"
    status = inbound ? .delivered : given.flatMap(MessageStatus.init(rawValue:)) ?? .sent
    (head, tail) = pieces(origin)
  }
}
