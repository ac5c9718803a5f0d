internal import HubModel

extension Projector {
  /// Finds, and where asked creates, the contact and the conversation that a draft concerns. Creation appends `conversation.created`.
  ///
  /// - Throws: `EventRefusal`, before anything was written, for a conversation of ours that this tenant does not have.
  func resolve(_ draft: EventDraft, source: Int64, createContact: Bool, createConversation: Bool) throws -> Subject {
    let key = draft.event.conversation
    if key.hasPrefix("cnv_"), try conversation(id: key, tenant: draft.event.tenant) == nil {
      throw EventRefusal(reason: "the tenant has no conversation \(key.prefix(64))")
    }
    if draft.isKeyed { return try resolve(keyed: draft, source: source, createContact: createContact, create: createConversation) }
    var subject = Subject()
    subject.contact = try draft.person.flatMap { try contact($0, draft, source: source, create: createContact) }
    if key.hasPrefix("cnv_") {
      subject.conversation = try conversation(id: key, tenant: draft.event.tenant)
      if subject.contact == nil { subject.contact = try subject.conversation?.contact.flatMap { try contact(number: $0) } }
    } else {
      subject.conversation = try conversation(of: draft, contact: subject.contact, source: source)
    }
    let hasOwner = draft.group || (subject.contact != nil && !key.hasPrefix("cnv_"))
    if subject.conversation == nil, createConversation, hasOwner {
      let conversation = try addConversation(draft, source: source, contact: draft.group ? nil : subject.contact)
      subject.conversation = conversation
      subject.isNew = true
      if draft.kind != .conversationCreated {
        try appendOwn(.conversationCreated, about: subject, cause: draft, source: source, providerID: conversation.id)
      }
    }
    return subject
  }

  /// A conversation that is known by its key: its contact is what the events about the conversation itself say, and until then whoever its
  /// key names, so that it is never without one.
  private func resolve(keyed draft: EventDraft, source: Int64, createContact: Bool, create: Bool) throws -> Subject {
    var subject = Subject()
    let named = try draft.namesPerson ? draft.person.flatMap { try contact($0, draft, source: source, create: createContact) } : nil
    // After the contact: to learn who it is may merge contacts, and let go of what is in memory.
    subject.conversation = try conversation(source: source, group: draft.event.conversation)
    if let known = subject.conversation {
      if let named, draft.tellsConversation, known.contact != named.number {
        known.contact = named.number
        try writeContact(of: known)
      }
      subject.contact = try named ?? known.contact.flatMap { try contact(number: $0) }
      return subject
    }
    subject.contact = try named ?? draft.person.flatMap { try contact($0, draft, source: source, create: create) }
    guard create, let contact = subject.contact else { return subject }
    let conversation = try addConversation(draft, source: source, contact: contact)
    (subject.conversation, subject.isNew) = (conversation, true)
    if draft.kind != .conversationCreated {
      try appendOwn(.conversationCreated, about: subject, cause: draft, source: source, providerID: conversation.id)
    }
    return subject
  }

  /// The conversation by the provider's names for it, if it is there.
  func conversation(of draft: EventDraft, contact: ContactState?, source: Int64) throws -> ConversationState? {
    if !draft.group, !draft.isKeyed, let contact { return try conversation(source: source, contact: contact.number) }
    return draft.event.conversation.isEmpty ? nil : try conversation(source: source, group: draft.event.conversation)
  }

  private func addConversation(_ draft: EventDraft, source: Int64, contact: ContactState?) throws -> ConversationState {
    let id = makeID(.conversation)
    let groupKey = contact == nil || draft.isKeyed ? draft.event.conversation : nil
    let add = sql.addConversation
    defer { add.reset() }
    add.bind(1, id)
    add.bind(2, source)
    add.bind(3, draft.event.tenant)
    add.bind(4, contact?.number)
    add.bind(5, groupKey)
    add.bind(6, draft.conversationName)
    add.bind(7, journaledMs)
    guard try add.step() else { throw JournalError(.storage, "a conversation was not stored") }
    let conversation = ConversationState(
      number: add.int(0), id: id, source: source, tenant: draft.event.tenant, contact: contact?.number, groupKey: groupKey,
      name: draft.conversationName)
    remember(conversation)
    return conversation
  }

  func conversation(number: Int64) throws -> ConversationState? {
    if let known = conversations[number] { return known }
    sql.conversationByNumber.bind(1, number)
    return try read(sql.conversationByNumber)
  }

  /// A conversation of that tenant by our id; one that was merged leads to where it went.
  func conversation(id: String, tenant: String) throws -> ConversationState? {
    sql.conversationByID.bind(1, id)
    let found = try read(sql.conversationByID)
    return found?.tenant == tenant ? found : nil
  }

  func conversation(source: Int64, contact: Int64) throws -> ConversationState? {
    if let known = byContact[ConversationKey(source: source, other: contact)] { return known }
    sql.conversationByContact.bind(1, source)
    sql.conversationByContact.bind(2, contact)
    return try read(sql.conversationByContact)
  }

  func conversation(source: Int64, group: String) throws -> ConversationState? {
    if let known = byGroup[ConversationKey(source: source, other: group)] { return known }
    sql.conversationByGroup.bind(1, source)
    sql.conversationByGroup.bind(2, group)
    return try read(sql.conversationByGroup)
  }

  private func read(_ statement: SQLStatement) throws -> ConversationState? {
    defer { statement.reset() }
    guard try statement.step() else { return nil }
    if let target = statement.optionalInt(10) {
      statement.reset()
      return try conversation(number: target)
    }
    // What is in memory may be newer than the table until the batch ends.
    if let known = conversations[statement.int(0)] { return known }
    let conversation = ConversationState(
      number: statement.int(0), id: statement.text(1), source: statement.int(2), tenant: statement.text(3),
      contact: statement.optionalInt(4), groupKey: statement.optionalText(5), name: statement.optionalText(6), unread: statement.int(7),
      lastNumber: statement.optionalInt(8), lastAt: statement.optionalInt(9))
    remember(conversation)
    return conversation
  }

  private func remember(_ conversation: ConversationState) {
    conversations[conversation.number] = conversation
    if conversation.groupKey == nil, let contact = conversation.contact {
      byContact[ConversationKey(source: conversation.source, other: contact)] = conversation
    }
    if let group = conversation.groupKey { byGroup[ConversationKey(source: conversation.source, other: group)] = conversation }
  }

  /// On its own because it is seldom: to name an indexed column in every update costs SQLite the work on the index.
  private func writeContact(of conversation: ConversationState) throws {
    let update = sql.setConversationContact
    update.bind(1, conversation.contact)
    update.bind(2, conversation.number)
    try update.run()
  }

  func write(_ conversation: ConversationState) throws {
    let update = sql.updateConversation
    update.bind(1, conversation.name)
    update.bind(2, conversation.unread)
    update.bind(3, conversation.lastNumber)
    update.bind(4, conversation.lastAt)
    update.bind(5, conversation.number)
    try update.run()
    conversation.isDirty = false
  }

  /// The text of the last message; nil when there is none or its row is damaged.
  func lastMessage(of conversation: ConversationState) throws -> MessageText? {
    if let last = conversation.last { return last }
    guard let number = conversation.lastNumber, let row = try message(number: number) else { return nil }
    conversation.last = try text(of: row)
    return conversation.last
  }
}
