internal import HubModel

extension Projector {
  /// A volatile event in canonical form, sequence 0; nil when it names a conversation that is not there.
  func compose(volatile draft: EventDraft) throws -> StoredEvent? {
    let event = draft.event
    journaledMs = options.now()
    var subject = Subject()
    let isNamed = draft.namesPerson || !draft.isKeyed
    subject.contact = try isNamed ? draft.person.flatMap { try knownContact($0, tenant: event.tenant) } : nil
    if event.conversation.hasPrefix("cnv_") {
      subject.conversation = try conversation(id: event.conversation, tenant: event.tenant)
    } else if let source = try existingSource(of: event) {
      subject.conversation = try conversation(of: draft, contact: subject.contact, source: source)
      if draft.isKeyed, subject.contact == nil {
        subject.contact = try subject.conversation?.contact.flatMap { try contact(number: $0) }
      }
    }
    if subject.conversation == nil, !event.conversation.isEmpty { return nil }
    let id = ULID(milliseconds: journaledMs, using: &generator).description
    let (body, _) = try compose(
      draft.kind, id: id, event: event, subject: subject, person: draft.person, message: .none, rest: draft.rest)
    return StoredEvent(
      sequence: 0, tenant: event.tenant, channel: event.channel, provider: event.provider, account: event.account, kind: event.kind,
      id: id, providerID: event.id, conversation: subject.conversation?.id ?? "", cause: event.cause, timeMs: event.timeMs,
      receivedMs: event.receivedMs, journaledMs: journaledMs, body: body)
  }
}
