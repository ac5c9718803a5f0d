public import OrderedJSON

/// What a client asks, whichever of the accepted names it used (dialects.md 8.4).
public enum Command: Sendable, Equatable {
  /// Enter a conversation's room.
  case join(String)
  /// Leave it.
  case leave(String)
  /// Say whether the user is typing there.
  case typing(String, isTyping: Bool)
  /// Confirm who one is; the token has said it already.
  case register(user: String?)
  /// Ask for what was missed.
  case sync(user: String?)
  /// Application-level health checks.
  case ping
  /// The same with a time to give back.
  case heartbeat(JSONValue)
  /// A known name with arguments that make no sense.
  case malformed
  /// A name that is no command.
  case unknown

  /// Reads an event of a client. `arguments` are those after the name.
  public init(name: String, arguments: JSONValue) {
    let argument = arguments[0] ?? .null
    switch name {
    case "conversation:join", "join_conversation", "subscribe:conversation":
      self = Self.conversation(argument).map { .join($0) } ?? .malformed
    case "conversation:leave", "leave_conversation", "unsubscribe:conversation":
      self = Self.conversation(argument).map { .leave($0) } ?? .malformed
    case "typing": self = Self.typing(argument, (argument["isTyping"] ?? argument["is_typing"] ?? arguments[1])?.bool)
    case "typing_start": self = Self.typing(argument, true)
    case "typing_stop": self = Self.typing(argument, false)
    case "register", "register_user", "registerUser": self = .register(user: Self.user(argument))
    case "sync_request": self = .sync(user: Self.user(argument))
    case "ping": self = .ping
    case "heartbeat": self = .heartbeat(argument["ts"] ?? .null)
    default: self = .unknown
    }
  }

  private static func typing(_ argument: JSONValue, _ isTyping: Bool?) -> Command {
    guard let id = conversation(argument), let isTyping else { return .malformed }
    return .typing(id, isTyping: isTyping)
  }

  /// Bare string, `{conversationId}`, `{conversation_id}` or `{id}`; a number counts as its text. Ids have a sane length.
  private static func conversation(_ argument: JSONValue) -> String? {
    identifier(argument) ?? identifier(argument["conversationId"]) ?? identifier(argument["conversation_id"]) ?? identifier(argument["id"])
  }

  /// Bare id, `{userId}`, `{user_id}` or `{id}`.
  private static func user(_ argument: JSONValue) -> String? {
    identifier(argument) ?? identifier(argument["userId"]) ?? identifier(argument["user_id"]) ?? identifier(argument["id"])
  }

  private static func identifier(_ value: JSONValue?) -> String? {
    switch value {
    case .string(let text) where (1...128).contains(text.utf8.count): text
    case .number(let number) where number.int64 != nil: number.text
    default: nil
    }
  }
}

/// Why a command was refused (dialects.md 8.4).
public enum Refusal: String, Sendable {
  /// The client may not, or there is no such thing in its tenant: it is never told which.
  case forbidden
  /// Nobody here answers that.
  case notFound = "not_found"
  /// The arguments make no sense, or the client has taken the request back before it was done.
  case badRequest = "bad_request"
  /// Too much of it.
  case rateLimited = "rate_limited"
}
