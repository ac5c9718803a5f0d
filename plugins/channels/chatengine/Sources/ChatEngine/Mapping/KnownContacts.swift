import OrderedJSON

/// The conversations of a workspace, and who each is with. The way of every message follows from it and the server says it seldom, so it is
/// kept over restarts, in parts of a few hundred conversations that are written when they changed. The time is told to it.
struct KnownContacts: Sendable {
  /// How many parts there are.
  static let parts = 32
  /// Of one part; what was used longest ago is left out.
  static let maxBytes = 60 << 10
  /// How finely the last use is kept, in milliseconds. A part of which nothing else is new is written once in that time.
  static let hourMs: Int64 = 3_600_000

  private struct Entry: Sendable {
    /// Nil: the server named the conversation, and not whom it is with.
    let contact: String?
    /// Of the last use, counted from 1970.
    let hour: Int64

    init(_ contact: String?, hour: Int64) { (self.contact, self.hour) = (contact, hour) }

    /// As it was written: the contact or null, and the hour. Before there were hours the contact stood alone; such a use is the oldest.
    init?(_ value: JSONValue) {
      let contact = value[0] ?? value
      guard contact.isNull || contact.string != nil else { return nil }
      self.init(contact.string, hour: value[1]?.int64 ?? 0)
    }

    var json: JSONValue { .array([JSONValue(orNull: contact), .number(JSONNumber(hour))]) }
  }

  private var entries: BoundedMap<String, Entry>
  private var changed: Set<Int> = []
  /// Parts of which the hour of a use is new, and nothing else: they are written when the hour is over.
  private var used: Set<Int> = []
  private var hour: Int64 = 0

  /// - Parameter limit: of conversations.
  init(limit: Int) { entries = BoundedMap(limit: limit) }

  /// Whether there is anything to write.
  var isChanged: Bool { changed.isEmpty == false }

  /// Every conversation that is known, used longest ago first.
  var conversations: [String] { entries.keys }

  subscript(conversation: String) -> String? { entries[conversation]?.contact }

  /// The server said whom a conversation is with.
  mutating func learn(_ contact: String, of conversation: String, at wallMs: Int64) { use(conversation, contact, at: wallMs) }

  /// The server named a conversation.
  mutating func note(_ conversation: String, at wallMs: Int64) { use(conversation, self[conversation], at: wallMs) }

  private mutating func use(_ conversation: String, _ contact: String?, at wallMs: Int64) {
    begin(hour: wallMs / Self.hourMs)
    let part = Self.part(of: conversation)
    if let before = entries[conversation], before.contact == contact {
      if before.hour != hour { used.insert(part) }
    } else {
      changed.insert(part)
    }
    entries.use(conversation, Entry(contact, hour: hour))
  }

  /// What was used in the hour before is written, together. A clock that was put back begins an hour too.
  private mutating func begin(hour now: Int64) {
    guard now != hour else { return }
    hour = now
    changed.formUnion(used)
    used = []
  }

  /// Takes the parts that an earlier run wrote, in the order of use of all of them together. What is known already is newer.
  mutating func restore(_ values: [[UInt8]]) {
    let known = entries
    var kept: [(conversation: String, entry: Entry)] = []
    for value in values {
      guard let members = (try? JSONValue(parsing: value))?.object else { continue }
      for member in members {
        if let entry = Entry(member.value) { kept.append((member.key, entry)) }
      }
    }
    entries = BoundedMap(limit: known.limit)
    // Within an hour a part has its own order, which the sort leaves as it is.
    for (conversation, entry) in kept.sorted(by: { $0.entry.hour < $1.entry.hour }) { entries.use(conversation, entry) }
    for conversation in known.keys {
      if let entry = known[conversation] { entries.use(conversation, entry) }
    }
  }

  /// What changed since it was asked for last: parts as they are to be written.
  ///
  /// - Parameter withUses: also those of which only uses of this hour are new.
  mutating func takeChanged(withUses: Bool = false) -> [(part: Int, value: [UInt8])] {
    let wanted = withUses ? changed.union(used) : changed
    var parts: [Int: (members: [(String, JSONValue)], bytes: Int)] = [:]
    for part in wanted { parts[part] = ([], 2) }
    for conversation in entries.keys.reversed() {
      let part = Self.part(of: conversation)
      guard let taken = parts[part]?.bytes, let value = entries[conversation]?.json else { continue }
      let bytes = JSONValue.string(conversation).serialized().count + value.serialized().count + 2
      guard taken + bytes <= Self.maxBytes else { continue }
      parts[part]?.members.append((conversation, value))
      parts[part]?.bytes += bytes
    }
    (changed, used) = ([], used.subtracting(wanted))
    // The one used longest ago first, as they are to be learnt again.
    return parts.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.object(JSONObject($0.value.members.reversed())).serialized()) }
  }

  /// A part could not be written.
  mutating func giveBack(_ part: Int) { changed.insert(part) }

  private static func part(of conversation: String) -> Int { Int(Fingerprint.of(conversation.utf8) % UInt64(parts)) }
}
