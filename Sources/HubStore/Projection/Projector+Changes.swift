internal import HubModel
internal import OrderedJSON

extension Projector {
  /// A status, edit, deletion or reaction. The event is stored in any case; its member says `applied: false`, and why, where the
  /// projection did not move, so that a sink shows no step backwards.
  func appendChange(_ change: ChangeDraft, _ draft: EventDraft, source: Int64) throws -> UInt64 {
    guard let row = try findMessage(change.target, source: source) ?? referenced(by: change, source: source) else {
      return try appendUnmatched(change, draft, source: source)
    }
    // The person first: to learn who it is may merge conversations.
    let person = try draft.person.flatMap { try contact($0, draft, source: source, create: false) }
    var subject = Subject()
    subject.conversation = try conversation(number: row.conversation)
    let partner = try (subject.conversation?.contact ?? row.contact).flatMap { try contact(number: $0) }
    subject.contact = draft.group ? person ?? partner : partner
    let applied = try apply(change, to: row, by: person)
    if let text = applied.text, let conversation = subject.conversation, conversation.lastNumber == row.number { conversation.last = text }
    let member = member(change, row: row, applied: applied)
    let slot: MessageSlot = applied.isStatus ? .other(Self.brief(row, target: change.target, status: applied.status)) : applied.slot
    return try appendRow(draft, source: source, subject: subject, message: slot, change: (change.memberName, member)).0.sequence
  }

  /// What a change did to its message.
  struct Applied {
    /// The message after the change; nil when its text did not change.
    var text: MessageText?
    var status: MessageStatus
    /// Why nothing moved; nil when it did.
    var reason: String?
    var isStatus = false

    var slot: MessageSlot { text.map { .text($0) } ?? .none }
  }

  func apply(_ change: ChangeDraft, to row: MessageRow, by person: ContactState?) throws -> Applied {
    switch change {
    case .status(_, let status, let errors, _): return try apply(status, errors: errors, to: row)
    case .edit(_, let object):
      let text = try self.change(row) { message in
        if let caption = object["caption"] { message.caption = caption }
        if let text = object["text"] {
          if message.type?.string == "text" { message.text = text } else { message.caption = text }
        }
        message["edited"] = true
      }
      return Applied(text: text, status: row.status, reason: text == nil ? "damaged" : nil)
    case .delete:
      let text = try self.change(row) { message in
        (message.text, message.caption, message.media, message.location, message.contacts, message.interactive) = (
          nil, nil, nil, nil, nil, nil
        )
        message["deleted"] = true
      }
      return Applied(text: text, status: row.status, reason: text == nil ? "damaged" : nil)
    case .reaction(_, let emoji, let object):
      let contact = try person ?? row.contact.flatMap { try self.contact(number: $0) }
      let author = object["direction"]?.string == "outbound" ? "self" : contact?.id ?? "self"
      let text = try self.change(row) { message in
        var reactions = (message["reactions"]?.array ?? []).filter { $0["from"]?.string != author }
        if let emoji { reactions.append(["from": .string(author), "emoji": .string(emoji)]) }
        message["reactions"] = reactions.isEmpty ? nil : .array(reactions)
      }
      return Applied(text: text, status: row.status, reason: text == nil ? "damaged" : nil)
    }
  }

  func apply(_ status: MessageStatus?, errors: JSONValue?, to row: MessageRow) throws -> Applied {
    guard let status else { return Applied(status: row.status, reason: "word", isStatus: true) }
    // Providers tell how far a message of ours has come; of the contact's own messages there is nothing to tell.
    guard !row.inbound else { return Applied(status: row.status, reason: "inbound", isStatus: true) }
    let next = try advanced(row, by: status)
    let isNews = try isNews(status, to: row)
    var applied = Applied(status: next, reason: isNews ? nil : "rank", isStatus: true)
    if row.status == .failed, next != .failed { applied.text = try change(row, status: next) { $0["errors"] = nil } }
    // A failure on one of several devices leaves the better status and is still on record. The provider's takes the place of an operator's
    // also when it gives no errors: with those the message would count as given up.
    if status == .failed, (row.status == .failed ? isNews : errors != nil) {
      applied.text = try change(row, status: next) { $0["errors"] = errors }
    }
    if next != row.status {
      sql.setStatus.bind(1, next.stored)
      sql.setStatus.bind(2, row.number)
      try sql.setStatus.run()
      if applied.text == nil, let conversation = try conversation(number: row.conversation), conversation.lastNumber == row.number {
        conversation.last?.status = next
      }
    }
    return applied
  }

  func member(_ change: ChangeDraft, row: MessageRow, applied: Applied) -> JSONObject {
    var member: JSONObject = ["target": .string(change.target), "messageId": .string(row.id)]
    if case .status(_, let status, _, let object) = change {
      member.append("status", status.map { .string($0.rawValue) } ?? object["status"] ?? .null)
      member.append("previous", .string(row.status.rawValue))
    }
    return Self.complete(member, change, reason: applied.reason)
  }

  /// `applied`, `reason` and what else the channel said.
  private static func complete(_ member: JSONObject, _ change: ChangeDraft, reason: String?) -> JSONObject {
    var member = member
    member.append("applied", .bool(reason == nil))
    if let reason { member.append("reason", .string(reason)) }
    let taken = Set(member.keys + ["previous", "reason"])
    for other in change.object where !taken.contains(other.key) { member.append(other.key, other.value) }
    return member
  }

  /// The message of a status event: enough to find it.
  static func brief(_ row: MessageRow, target: String?, status: MessageStatus) -> [UInt8] {
    let message: JSONValue = [
      "id": .string(row.id), "providerMessageId": target.map { .string($0) } ?? .null, "direction": row.inbound ? "inbound" : "outbound",
      "status": .string(status.rawValue),
    ]
    return message.serialized()
  }

  /// The message is not there, or not yet: a status waits for it.
  private func appendUnmatched(_ change: ChangeDraft, _ draft: EventDraft, source: Int64) throws -> UInt64 {
    let subject = try resolve(draft, source: source, createContact: false, createConversation: false)
    var member: JSONObject = ["target": .string(change.target), "messageId": .null]
    if case .status(let target, let status, let errors, let object) = change {
      member.append("status", object["status"] ?? .null)
      if let status { try hold(status, errors: errors, for: target, source: source) }
    }
    let completed = Self.complete(member, change, reason: "unknown-message")
    return try appendRow(draft, source: source, subject: subject, message: .none, change: (change.memberName, completed)).0.sequence
  }
}
