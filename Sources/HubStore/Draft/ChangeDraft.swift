internal import HubModel
internal import OrderedJSON

/// What an event does to a message that is there already. Each names its target by the provider's id.
enum ChangeDraft: Sendable {
  /// `status` is nil for a word outside the vocabulary: it is recorded and changes nothing.
  case status(target: String, status: MessageStatus?, errors: JSONValue?, object: JSONObject)
  case edit(target: String, object: JSONObject)
  case delete(target: String, object: JSONObject)
  case reaction(target: String, emoji: String?, object: JSONObject)

  /// Nil for kinds that change no message.
  init?(kind: EventKind, body: JSONObject) throws(DraftError) {
    guard let name = Self.memberName(of: kind) else { return nil }
    guard let object = try EventDraft.object(name, in: body) else { throw DraftError(reason: "\(name) is missing") }
    guard let target = object["target"]?.string, !target.isEmpty, target.utf8.count <= 1024 else {
      throw DraftError(reason: "\(name).target is missing")
    }
    switch kind {
    case .messageStatus:
      guard let word = object["status"]?.string, !word.isEmpty else { throw DraftError(reason: "status.status is missing") }
      let errors = object["errors"].flatMap { $0.array?.isEmpty == false ? $0 : nil }
      self = .status(target: target, status: MessageStatus(rawValue: word), errors: errors, object: object)
    case .messageEdited:
      self = .edit(target: target, object: object)
    case .messageDeleted:
      self = .delete(target: target, object: object)
    default:
      let emoji = object["emoji"]?.string.flatMap { $0.isEmpty || object["removed"]?.bool == true ? nil : $0 }
      self = .reaction(target: target, emoji: emoji, object: object)
    }
  }

  private static func memberName(of kind: EventKind) -> String? {
    switch kind {
    case .messageStatus: "status"
    case .messageEdited: "edit"
    case .messageDeleted: "delete"
    case .messageReaction: "reaction"
    default: nil
    }
  }

  /// The kind of event that brings it.
  var kind: EventKind {
    switch self {
    case .status: .messageStatus
    case .edit: .messageEdited
    case .delete: .messageDeleted
    case .reaction: .messageReaction
    }
  }

  /// The body's member that carries it.
  var memberName: String {
    switch self {
    case .status: "status"
    case .edit: "edit"
    case .delete: "delete"
    case .reaction: "reaction"
    }
  }

  /// The provider's id of the message it changes.
  var target: String {
    switch self {
    case .status(let target, _, _, _), .edit(let target, _), .delete(let target, _), .reaction(let target, _, _): target
    }
  }

  /// Our own id of the message, where the provider passes it on.
  var reference: String? { object["reference"]?.string }

  /// The object as the channel wrote it.
  var object: JSONObject {
    switch self {
    case .status(_, _, _, let object), .edit(_, let object), .delete(_, let object), .reaction(_, _, let object): object
    }
  }
}
