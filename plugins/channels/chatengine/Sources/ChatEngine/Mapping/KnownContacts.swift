import OrderedJSON

/// Who each conversation of a workspace is with. The way of every message follows from it and the server says it seldom, so it is kept over restarts, in parts
/// of a few hundred conversations that are written when they changed.
struct KnownContacts: Sendable {
  /// How many parts there are.
  static let parts = 32
  /// Of one part; what was used longest ago is left out.
  static let maxBytes = 60 << 10

  private var contacts: BoundedMap<String, String>
  private var changed: Set<Int> = []

  /// - Parameter limit: of conversations.
  init(limit: Int) { contacts = BoundedMap(limit: limit) }

  /// Whether there is anything to write.
  var isChanged: Bool { changed.isEmpty == false }

  subscript(conversation: String) -> String? { contacts[conversation] }

  /// The server said whom a conversation is with.
  mutating func learn(_ contact: String, of conversation: String) {
    if contacts[conversation] != contact { changed.insert(Self.part(of: conversation)) }
    contacts.use(conversation, contact)
  }

  /// Takes a part that an earlier run wrote. What is known already is newer.
  mutating func restore(_ value: [UInt8]) {
    guard let kept = (try? JSONValue(parsing: value))?.object else { return }
    for member in kept {
      guard contacts[member.key] == nil, let contact = member.value.string else { continue }
      contacts.use(member.key, contact)
    }
  }

  /// What changed since it was asked for last: parts as they are to be written.
  mutating func takeChanged() -> [(part: Int, value: [UInt8])] {
    var parts: [Int: (members: [(String, JSONValue)], bytes: Int)] = [:]
    for part in changed { parts[part] = ([], 2) }
    for conversation in contacts.keys.reversed() {
      let part = Self.part(of: conversation)
      guard let taken = parts[part]?.bytes, let contact = contacts[conversation] else { continue }
      let bytes = JSONValue.string(conversation).serialized().count + JSONValue.string(contact).serialized().count + 2
      guard taken + bytes <= Self.maxBytes else { continue }
      parts[part]?.members.append((conversation, .string(contact)))
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
