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
    var members = MessageMembers(object)
    guard let providerID = members.providerMessageId?.string, !providerID.isEmpty, providerID.utf8.count <= 1024 else {
      throw DraftError(reason: "message.providerMessageId is missing")
    }
    guard let type = members.type?.string, Self.types.contains(type) else { throw DraftError(reason: "message.type is not known") }
    switch members.direction?.string {
    case "inbound": inbound = true
    case "outbound": inbound = false
    default: throw DraftError(reason: "message.direction is neither inbound nor outbound")
    }
    let history = event.kind == EventKind.history.rawValue
    let origin = history ? "history" : members.origin?.string ?? "realtime"
    guard Self.origins.contains(origin) else { throw DraftError(reason: "message.origin is not known") }
    self.providerID = providerID
    reference = inbound ? nil : members["reference"]?.string
    countsAsUnread = inbound && !history && origin != "history" && origin != "echo"
    let given = members.status?.string.flatMap(MessageStatus.init(rawValue:))
    status = inbound ? .delivered : given ?? .sent
    members.origin = .string(origin)
    if members.timestamp?.string == nil { members.timestamp = .string(Timestamp(milliseconds: event.timeMs).iso8601) }
    (head, tail) = members.pieces()
  }
}
