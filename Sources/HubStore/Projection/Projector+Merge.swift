internal import HubModel

/// Two conversations that turned out to be one, by their numbers.
public struct ConversationMerge: Sendable, Hashable {
  /// The one that is no more.
  public let gone: Int64
  /// The one that it is part of now.
  public let kept: Int64
}

extension Projector {
  /// Makes two contacts one, the older, and in each account their conversations too. Merging is rare: the memory is written back and
  /// let go, and the tables are changed directly.
  func join(_ one: ContactState, _ other: ContactState, _ draft: EventDraft, source: Int64) throws -> ContactState {
    if one.number == other.number { return one }
    let (keptNumber, goneNumber) = (min(one.number, other.number), max(one.number, other.number))
    let gone = one.number == goneNumber ? one : other
    try finish()
    forgetAll()
    guard let kept = try contact(number: keptNumber) else { throw JournalError(.storage, "a contact vanished") }
    try sql.run("UPDATE contact_aliases SET contact = ? WHERE contact = ?", kept.number, gone.number)
    for lost in try sql.numbers("SELECT number FROM conversations WHERE contact = ? AND merged_into IS NULL", gone.number) {
      try moveConversation(lost, to: kept, draft, source: source)
    }
    // The newer names win where the older contact has none.
    var known = gone.known
    known.name = kept.known.name ?? known.name
    if kept.learn(known) {
      try write(kept)
      try addAliases(of: kept)
    }
    return kept
  }

  private func moveConversation(_ lost: Int64, to contact: ContactState, _ draft: EventDraft, source: Int64) throws {
    guard let gone = try conversation(number: lost) else { return }
    // One that is known by its key stays what it is, whoever it is with.
    guard gone.groupKey == nil, let kept = try conversation(source: gone.source, contact: contact.number) else {
      try sql.run("UPDATE conversations SET contact = ? WHERE number = ?", contact.number, lost)
      forgetConversations()
      return
    }
    try sql.run("UPDATE messages SET conversation = ? WHERE conversation = ?", kept.number, lost)
    try sql.run("UPDATE outbox SET conversation = ? WHERE conversation = ? AND state <> 3", kept.number, lost)
    try sql.run("UPDATE conversations SET merged_into = ?, unread = 0 WHERE number = ?", kept.number, lost)
    merges.append(ConversationMerge(gone: lost, kept: kept.number))
    kept.unread += gone.unread
    if let at = gone.lastAt, let number = gone.lastNumber, at >= kept.lastAt ?? .min {
      (kept.lastAt, kept.lastNumber, kept.last) = (at, number, nil)
    }
    touch(kept)
    // Only the conversations of the event's own account can be told under its name; those of other accounts show at their next event.
    if kept.source == source {
      try appendOwn(
        .conversationUpdated, about: Subject(contact: contact, conversation: kept), cause: draft, source: source,
        providerID: "\(kept.id):merged:\(gone.id)", rest: Array(#","updates":{"mergedFrom":"\#(gone.id)"}"#.utf8))
    }
    try finish()
    forgetConversations()
  }

  private func forgetConversations() {
    conversations.removeAll()
    byContact.removeAll()
    byGroup.removeAll()
  }
}
