/// What happened: the closed vocabulary of canonical events.
public enum EventKind: String, Sendable, Hashable, CaseIterable {
  case messageCreated = "message.created"
  case messageEdited = "message.edited"
  case messageDeleted = "message.deleted"
  case messageReaction = "message.reaction"
  case messageStatus = "message.status"
  case conversationCreated = "conversation.created"
  case conversationUpdated = "conversation.updated"
  case conversationRead = "conversation.read"
  case contactUpdated = "contact.updated"
  case typing
  case presence
  case channelState = "channel.state"
  case channelQR = "channel.qr"
  case call
  case group
  case label
  case history
  case account
  case template
  case notification
  case campaign
  case system
  case unknown

  /// Volatile events are never journaled and are the first to be dropped. A pairing code is one: it is a secret for half a minute, which
  /// nobody may find in a file, or be shown once it is over.
  public var isVolatile: Bool { self == .typing || self == .presence || self == .channelQR }
}
