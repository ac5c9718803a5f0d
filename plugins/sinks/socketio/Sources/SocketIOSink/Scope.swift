import OrderedJSON

/// Who receives a packet. Members unite: a socket in several of the rooms gets one copy.
public struct Scope: OptionSet, Sendable {
  /// The set's bits.
  public let rawValue: UInt8
  /// A set of these bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Everybody of the tenant, and those whose token narrows them to the event's account or conversation.
  public static let tenant = Scope(rawValue: 1)
  /// The room of the event's conversation.
  public static let conversation = Scope(rawValue: 2)
  /// The user or conversation the event is addressed to; the tenant when it names neither.
  public static let addressee = Scope(rawValue: 4)

  /// The rooms this means for one event, each once.
  func rooms(for event: CanonicalEvent) -> [String] {
    var rooms: [String] = []
    if contains(.tenant) {
      rooms.append(Room.tenant(event.tenant))
      if !event.account.isEmpty { rooms.append(Room.account(event.account)) }
      if let id = event.conversation { rooms.append(Room.entitled(id)) }
    }
    if contains(.conversation), let id = event.conversation { rooms.append(Room.conversation(id)) }
    if contains(.addressee) {
      let user = event.body["to"]?["user"]?.string
      let conversation = event.body["to"]?["conversation"]?.string
      if let user { rooms.append(Room.user(user)) }
      if let conversation { rooms.append(Room.conversation(conversation)) }
      if user == nil && conversation == nil { rooms.append(Room.tenant(event.tenant)) }
    }
    return rooms
  }
}

/// Names of rooms. They are local to a tenant: the host never lets a name reach another tenant's sockets.
public enum Room {
  /// Everybody of the tenant whose token narrows nothing.
  public static func tenant(_ id: String) -> String { "tenant:\(id)" }
  /// All sockets of one user.
  public static func user(_ id: String) -> String { "user:\(id)" }
  /// Those who have a conversation open.
  public static func conversation(_ id: String) -> String { "conversation:\(id)" }
  /// Those whose token narrows them to this and perhaps other conversations, open or not.
  public static func entitled(_ id: String) -> String { "entitled:\(id)" }
  /// Those whose token narrows them to an account.
  public static func account(_ id: String) -> String { "account:\(id)" }
}
