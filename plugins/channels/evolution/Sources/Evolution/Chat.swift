import OrderedJSON

/// Where something happened: a conversation with a person, or a group and the member concerned.
struct Chat: Hashable {
  /// The provider's key of the conversation.
  let key: String
  let isGroup: Bool
  var name: String?
  /// The other side; in a group, the member concerned.
  var person: Person?

  /// A conversation with a person.
  init(_ person: Person) {
    (key, isGroup, self.person) = (person.key ?? "", false, person)
  }

  /// A group, or a broadcast list.
  init(group: JID, member: Person? = nil, name: String? = nil) {
    (key, isGroup, person, self.name) = (group.text, true, member, name)
  }

  /// The chat at an address, and its other names; why there is none to speak of otherwise.
  static func at(_ address: String?, aliases: [String?] = [], member: Person? = nil) -> Result<Chat, DropReason> {
    guard let jid = JID(address) ?? aliases.lazy.compactMap({ JID($0) }).first else { return .failure(.noChat) }
    switch jid.sort {
    case .story: return .failure(.story)
    case .newsletter: return .failure(.newsletter)
    case .group: return .success(Chat(group: jid, member: member))
    // What came through somebody's list is theirs; a list of our own is a conversation like a group.
    case .list: return .success(member.map { Chat($0) } ?? Chat(group: jid))
    case .phone, .lid, .service:
      return Person([address] + aliases).map { .success(Chat($0)) } ?? .failure(.noChat)
    }
  }

  var json: JSONValue {
    var object: JSONObject = ["group": .bool(isGroup)]
    object.add("name", text: name)
    return .object(object)
  }
}
