import OrderedJSON

/// The conversations of a workspace, and who each is with. The way of every message follows from it and the server says it seldom, so it is kept over
/// restarts, in parts of a few hundred conversations that are written when they changed.
struct KnownContacts: Sendable {
  /// How many parts there are.
  static let parts = 32
  /// Of one part; what was used longest ago is left out.
  static let maxBytes = 60 << 10

  /// Without a contact: the server named the conversation, and not whom it is with.
  private var contacts: BoundedMap<String, String?>
  private var changed: Set<Int> = []

  /// - Parameter limit: of conversations.
  init(limit: Int) { contacts = BoundedMap(limit: limit) }

  /// Whether there is anything to write.
  var isChanged: Bool { changed.isEmpty == false }

  /// Every conversation that is known.
  var conversations: [String] { contacts.keys }

  subscript(conversation: String) -> String? { contacts[conversation] ?? nil }

  /// The server said whom a conversation is with.
  mutating func learn(_ contact: String, of conversation: String) {
    if contacts[conversation] != contact { changed.insert(Self.part(of: conversation)) }
    contacts.use(conversation, contact)
  }

  /// The server named a conversation.
  mutating func note(_ conversation: String) {
    let contact = contacts[conversation]
    if contact == nil { changed.insert(Self.part(of: conversation)) }
    contacts.use(conversation, contact ?? nil)
  }

  /// Takes a part that an earlier run wrote. What is known already is newer.
  mutating func restore(_ value: [UInt8]) {
    guard let kept = (try? JSONValue(parsing: value))?.object else { return }
    for member in kept {
      guard contacts[member.key] == nil, member.value.isNull || member.value.string != nil else { continue }
      contacts.use(member.key, member.value.string)
    }
  }

  /// What changed since it was asked for last: parts as they are to be written.
  mutating func takeChanged() -> [(part: Int, value: [UInt8])] {
    var parts: [Int: (members: [(String, JSONValue)], bytes: Int)] = [:]
    for part in changed { parts[part] = ([], 2) }
    for conversation in contacts.keys.reversed() {
      let part = Self.part(of: conversation)
      guard let taken = parts[part]?.bytes else { continue }
      let contact = JSONValue(orNull: self[conversation])
      let bytes = JSONValue.string(conversation).serialized().count + contact.serialized().count + 2
      guard taken + bytes <= Self.maxBytes else { continue }
      parts[part]?.members.append((conversation, contact))
      parts[part]?.bytes += bytes
    }
    changed = []
    // The one used longest ago first, as they are to be learnt again.
    return parts.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.object(JSONObject($0.value.members.reversed())).serialized()) }
  }

  /// A part could not be written.
  mutating func giveBack(_ part: Int) { changed.insert(part) }

  private static func part(of conversation: String) -> Int { Int(Fingerprint.of(conversation.utf8) % UInt64(parts)) }
}
