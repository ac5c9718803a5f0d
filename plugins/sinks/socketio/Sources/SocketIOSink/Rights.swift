public import OrderedJSON

/// What a verified token lets a socket see. Without claims `conversations` and `accounts` that is the whole tenant.
public struct Rights: Sendable, Equatable {
  /// How many rooms a socket can be put into at once: the hub takes no more.
  static let limit = 256

  /// The only conversations it may see; nil for all.
  public let conversations: Set<String>?
  /// The only accounts whose conversations it may see; nil for all.
  public let accounts: Set<String>?

  /// The rights that a token's claims leave. A claim of the wrong form narrows to nothing.
  public init(claims: JSONValue) {
    conversations = Self.list(claims["conversations"])
    accounts = Self.list(claims["accounts"])
  }

  /// The rooms a socket is in from the start.
  ///
  /// Who sees the whole tenant is in the tenant's room; who is narrowed is in the rooms of what is left. With both claims nothing can
  /// be given in advance: which account a conversation belongs to is known at the join.
  public func rooms(tenant: String, user: String) -> [String] {
    var rooms: [String] = []
    switch (conversations, accounts) {
    case (nil, nil): rooms.append(Room.tenant(tenant))
    case (let conversations?, nil): rooms += conversations.sorted().map(Room.entitled)
    case (nil, let accounts?): rooms += accounts.sorted().map(Room.account)
    case (_?, _?): break
    }
    if !user.isEmpty { rooms.append(Room.user(user)) }
    return rooms
  }

  /// Whether the claims let a conversation be asked for at all.
  public func allow(conversation: String) -> Bool { conversations?.contains(conversation) ?? true }

  /// Whether the claims let this conversation, as the hub described it, be joined.
  public func allow(account: String?) -> Bool {
    guard let accounts else { return true }
    return account.map(accounts.contains) ?? false
  }

  private static func list(_ claim: JSONValue?) -> Set<String>? {
    guard let claim, !claim.isNull else { return nil }
    return Set(claim.array?.compactMap(\.string) ?? [])
  }
}
