internal import HubModel
internal import OrderedJSON

/// A message as text, cut around its status word so that a new status needs no parsing.
struct MessageText {
  let number: Int64
  let id: String
  let head: [UInt8]
  var status: MessageStatus
  let tail: [UInt8]

  func write(to text: inout EventText) {
    text.put(head)
    text.put(status.rawValue)
    text.put(tail)
  }

  var bytes: [UInt8] { head + Array(status.rawValue.utf8) + tail }
}

/// A contact as the writer knows it. Confined to the writer.
final class ContactState {
  let number: Int64
  let id: String
  let tenant: String
  var known: PersonDraft
  private var cached: [UInt8]?

  init(number: Int64, id: String, tenant: String, known: PersonDraft) {
    self.number = number
    self.id = id
    self.tenant = tenant
    self.known = known
    self.known.parentUserID = nil
  }

  /// Takes over what a newer event says; false when it says nothing new.
  func learn(_ person: PersonDraft) -> Bool {
    var next = known
    if let phone = person.phone { next.phone = phone }
    if let userID = person.userID { next.userID = userID }
    if let lid = person.lid { next.lid = lid }
    if let username = person.username { next.username = username }
    if let name = person.name { next.name = name }
    if let avatar = person.avatar { next.avatar = avatar }
    if next == known { return false }
    known = next
    cached = nil
    return true
  }

  func forgetPhone() {
    known.phone = nil
    cached = nil
  }

  /// The canonical text.
  var text: [UInt8] {
    if let cached { return cached }
    let text = known.text(id: id)
    cached = text
    return text
  }

  /// The canonical text in an event that tells this of the contact.
  func text(parentUserID: String?) -> [UInt8] {
    guard let parentUserID else { return text }
    var told = known
    told.parentUserID = parentUserID
    return told.text(id: id)
  }
}

extension PersonDraft {
  /// The canonical contact; the id is null for somebody who is no contact yet.
  func text(id: String?) -> [UInt8] {
    let members: [(String, String?)] = [
      ("id", id), ("phone", phone), ("userId", userID), ("lid", lid), ("username", username), ("name", name), ("avatar", avatar),
    ]
    var contact = JSONObject(members.map { ($0.0, $0.1.map(JSONValue.string) ?? .null) })
    if let parentUserID { contact["parentUserId"] = .string(parentUserID) }
    return JSONValue.object(contact).serialized()
  }
}

/// A conversation as the writer knows it; written back once per batch. Confined to the writer.
final class ConversationState {
  let number: Int64
  let id: String
  let source: Int64
  let tenant: String
  var contact: Int64?
  /// The provider's key: of a group, or of a conversation that is known by its key and not by its contact.
  let groupKey: String?
  var name: String?
  var unread: Int64
  var lastNumber: Int64?
  var lastAt: Int64?
  /// The text of `lastNumber`, once it was needed.
  var last: MessageText?
  var isDirty = false

  init(
    number: Int64, id: String, source: Int64, tenant: String, contact: Int64?, groupKey: String?, name: String?, unread: Int64 = 0,
    lastNumber: Int64? = nil, lastAt: Int64? = nil
  ) {
    self.number = number
    self.id = id
    self.source = source
    self.tenant = tenant
    self.contact = contact
    self.groupKey = groupKey
    self.name = name
    self.unread = unread
    self.lastNumber = lastNumber
    self.lastAt = lastAt
  }

  /// Whether it is with several people; one that is known by its key has a contact all the same.
  var isGroup: Bool { groupKey != nil && contact == nil }

  /// Makes a message the last one unless a later one is; the time of the last message never goes back.
  func offer(_ message: MessageText, timeMs: Int64) {
    if let lastAt, timeMs < lastAt { return }
    lastAt = timeMs
    lastNumber = message.number
    last = message
  }
}

/// The numbers under which statuses are kept in tables.
extension MessageStatus {
  var stored: Int64 {
    switch self {
    case .pending: 0
    case .unknown: 1
    case .sent: 2
    case .delivered: 3
    case .read: 4
    case .failed: 5
    }
  }

  init(stored: Int64) {
    switch stored {
    case 0: self = .pending
    case 2: self = .sent
    case 3: self = .delivered
    case 4: self = .read
    case 5: self = .failed
    default: self = .unknown
    }
  }
}
