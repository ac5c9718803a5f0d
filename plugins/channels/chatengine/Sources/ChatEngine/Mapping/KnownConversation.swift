import OrderedJSON

/// A conversation as the server told it last.
struct KnownConversation: Sendable, Hashable {
  /// Somebody who takes part.
  struct Participant: Sendable, Hashable {
    let id: String
    var name: String?
    var avatar: String?
  }

  /// Beyond so many the rest goes without name.
  private static let participantLimit = 32

  /// The person that the conversation is with; nil when the server does not say.
  let contact: String?
  let participants: [Participant]
  let updatedMs: Int64?
  /// Tells a repetition from a change.
  let fingerprint: UInt64

  /// - Parameter known: the contact that was known, which does not vanish because one event leaves it out.
  init(_ element: JSONObject, contact known: String?) {
    contact = element.name("contactId") ?? known
    participants = (element["participants"]?.array ?? []).compactMap(\.object).prefix(Self.participantLimit).compactMap { participant in
      guard let id = participant.name("id") else { return nil }
      return Participant(id: id, name: participant.text("name"), avatar: participant.text("avatar"))
    }
    updatedMs = WireTime.read(element["updatedAt"])
    fingerprint = Fingerprint.of(.object(element))
  }

  /// Somebody with the name and picture that the conversation gives.
  func person(_ id: String) -> JSONValue {
    let participant = participants.first { $0.id == id }
    var person: JSONObject = ["userId": .string(id)]
    person.add("name", text: participant?.name)
    person.add("avatar", text: participant?.avatar)
    return .object(person)
  }
}

extension Workspace {
  /// The contact of a conversation; nil when it is not known.
  func contact(of conversation: String) -> JSONValue? {
    contacts[conversation].map { person($0, in: conversation) }
  }

  /// Somebody in a conversation, with a name where there is one.
  func person(_ id: String, in conversation: String) -> JSONValue {
    conversations[conversation]?.person(id) ?? ["userId": .string(id)]
  }
}
