import HubModel
import OrderedJSON

/// Somebody who types in a conversation.
struct Typist: Sendable, Hashable {
  let conversation: String
  let user: String
}

/// The event `typing` (reference 4.4).
extension Workspace {
  /// Typing that isn't renewed ends after this long, in milliseconds.
  static let typingLapse: UInt64 = 10_000

  mutating func read(typing element: JSONObject, at moment: Moment, into parsed: inout Parsed) {
    guard let conversation = Self.conversation(element.name("conversationId")), let isTyping = element["isTyping"]?.bool else {
      return parsed.drop(.malformedItem)
    }
    let typist = Typist(conversation: conversation, user: element.name("userId") ?? "")
    // What the hub's user types is told by whoever typed it here.
    if typist.user.isEmpty == false, typist.user == ownUser { return parsed.drop(.ownTyping) }
    if isTyping {
      if let evicted = typists.use(typist, moment.clock + Self.typingLapse) {
        parsed.events.append(typing(false, evicted, at: moment))
      }
    } else {
      typists.remove(typist)
    }
    parsed.events.append(typing(isTyping, typist, at: moment))
  }

  /// Ends typing that nobody ended.
  mutating func stop(_ typist: Typist, at moment: Moment, into parsed: inout Parsed) {
    typists.remove(typist)
    parsed.events.append(typing(false, typist, at: moment))
  }

  private func typing(_ isTyping: Bool, _ typist: Typist, at moment: Moment) -> ChannelEvent {
    let contact = contacts[typist.conversation]
    let isContact = typist.user.isEmpty || typist.user == contact
    return event(
      .typing, id: "", in: typist.conversation, contact: isContact ? self.contact(of: typist.conversation) : nil, timeMs: moment.wallMs
    ) { body in
      var typing: JSONObject = ["isTyping": .bool(isTyping)]
      // A colleague at the provider's own desk.
      if isContact == false { typing.append("userId", .string(typist.user)) }
      body.append("typing", .object(typing))
    }
  }
}
