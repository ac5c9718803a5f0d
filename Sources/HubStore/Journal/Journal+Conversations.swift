internal import HubModel
internal import OrderedJSON
internal import Synchronization

/// A conversation as it stands.
public struct ConversationSnapshot: Sendable, Hashable {
  /// `cnv_…`; the one that an older id was merged into.
  public let id: String
  /// The isolation boundary.
  public let tenant: String
  /// The adapter's id in hub.yaml.
  public let channel: String
  /// The provider's name.
  public let provider: String
  /// The number or instance at the provider.
  public let account: String
  /// The provider's key of a group; nil for a conversation with one contact.
  public let group: String?
  /// `cts_…`; nil for a group.
  public let contact: String?
  /// Messages that came in and were not read.
  public let unreadCount: Int
  /// Time of the newest message; Unix milliseconds; nil when there is none.
  public let lastMessageMs: Int64?
  /// JSON: `id group name unreadCount lastMessageAt lastMessage channel provider account contact`.
  public let body: [UInt8]
  /// Where a page goes on after it.
  public let place: PagePlace
}

/// A message as it stands.
public struct StoredMessage: Sendable, Hashable {
  /// `msg_…`
  public let id: String
  /// The canonical message, JSON.
  public let body: [UInt8]
  /// Where a page goes on after it.
  public let place: PagePlace
}

/// A place in a list that is ordered newest first.
public struct PagePlace: Sendable, Hashable {
  /// The time that orders the list; Unix milliseconds.
  public let timeMs: Int64
  /// Tells entries of one time apart.
  public let number: Int64

  /// A place, as taken from an entry.
  public init(timeMs: Int64, number: Int64) {
    self.timeMs = timeMs
    self.number = number
  }
}

extension Journal {
  /// A tenant's conversation by its id; nil when there is none or it is another tenant's.
  public func conversation(id: String, tenant: String) throws -> ConversationSnapshot? {
    try reading { storage in
      try storage.read { connection in
        let reader = try ProjectionReader(connection)
        let statement = try SQLStatement(connection, ProjectionReader.select + " WHERE c.number = ?")
        guard let number = try reader.number(of: id, tenant: tenant) else { return nil }
        statement.bind(1, number)
        return try statement.step() ? try reader.snapshot(statement) : nil
      }
    }
  }

  /// A tenant's conversations, the one with the newest message first; those without messages come last.
  ///
  /// - Parameter before: the place of the last entry of the page before; nil begins.
  public func conversations(tenant: String, before: PagePlace? = nil, limit: Int) throws -> [ConversationSnapshot] {
    try reading { storage in
      try storage.read { connection in
        let reader = try ProjectionReader(connection)
        let statement = try SQLStatement(
          connection,
          ProjectionReader.select + """
             WHERE c.tenant = ?1 AND c.merged_into IS NULL AND (ifnull(c.last_at, -1), c.number) < (?2, ?3)
             AND (c.last_at <= ?2 OR c.last_at IS NULL)
            ORDER BY c.last_at DESC, c.number DESC LIMIT ?4
            """)
        statement.bind(1, tenant)
        statement.bind(2, before?.timeMs ?? .max)
        statement.bind(3, before?.number ?? .max)
        statement.bind(4, limit)
        var page: [ConversationSnapshot] = []
        while try statement.step() { page.append(try reader.snapshot(statement)) }
        return page
      }
    }
  }

  /// A conversation's messages, newest first. A message whose row is damaged is left out and counted.
  ///
  /// - Parameter before: the place of the last entry of the page before; nil begins.
  /// - Returns: nil when the tenant has no such conversation.
  public func messages(conversation id: String, tenant: String, before: PagePlace? = nil, limit: Int) throws -> [StoredMessage]? {
    let page: (messages: [StoredMessage], damaged: Int)? = try reading { storage in
      try storage.read { connection in
        let reader = try ProjectionReader(connection)
        guard let number = try reader.number(of: id, tenant: tenant) else { return nil }
        let statement = try SQLStatement(
          connection,
          MessageRow.select
            + " WHERE conversation = ? AND (timestamp_ms, number) < (?, ?) ORDER BY timestamp_ms DESC, number DESC LIMIT ?")
        statement.bind(1, number)
        statement.bind(2, before?.timeMs ?? .max)
        statement.bind(3, before?.number ?? .max)
        statement.bind(4, limit)
        var page: (messages: [StoredMessage], damaged: Int) = ([], 0)
        while try statement.step() {
          let row = MessageRow(statement)
          if let text = try reader.text(of: row) {
            let place = PagePlace(timeMs: row.timestampMs, number: row.number)
            page.messages.append(StoredMessage(id: row.id, body: text.bytes, place: place))
          } else {
            page.damaged += 1
          }
        }
        return page
      }
    }
    if let damaged = page?.damaged, damaged > 0 { counted.withLock { $0.damaged += damaged } }
    return page?.messages
  }
}

/// Reads projections on a reader's snapshot.
struct ProjectionReader {
  static let select = """
    SELECT c.number, c.id, c.tenant, c.group_key, c.name, c.unread, c.last_number, c.last_at, s.channel, s.provider, s.account, p.id,
      p.phone, p.user_id, p.lid, p.username, p.name, p.avatar
    FROM conversations c JOIN sources s ON s.number = c.source LEFT JOIN contacts p ON p.number = c.contact
    """

  private let byID, message, event: SQLStatement

  init(_ connection: OpaquePointer) throws {
    byID = try SQLStatement(connection, "SELECT number, tenant, merged_into FROM conversations WHERE id = ?1 OR number = ?2")
    message = try SQLStatement(connection, MessageRow.select + " WHERE number = ?")
    event = try SQLStatement(connection, EventRow.select + " WHERE e.sequence = ?")
  }

  func number(of id: String, tenant: String) throws -> Int64? {
    defer { byID.reset() }
    byID.bind(1, id)
    byID.bind(2, Int64(-1))
    while try byID.step() {
      guard byID.text(1) == tenant else { return nil }
      guard let target = byID.optionalInt(2) else { return byID.int(0) }
      byID.reset()
      byID.bind(1, "")
      byID.bind(2, target)
    }
    return nil
  }

  func text(of row: MessageRow) throws -> MessageText? {
    guard row.isInEvent else { return row.text(eventBody: nil) }
    defer { event.reset() }
    event.bind(1, row.number)
    guard try event.step(), case .event(let event) = EventRow.read(event) else { return nil }
    return row.text(eventBody: event.body)
  }

  func snapshot(_ row: SQLStatement) throws -> ConversationSnapshot {
    let contact = row.optionalText(11)
    let group = contact == nil ? row.optionalText(3) : nil
    let lastAt = row.optionalInt(7)
    var body: [UInt8] = []
    func put(_ text: String) { body.append(contentsOf: text.utf8) }
    func optional(_ text: String?) { if let text { JSONText.writeString(text, to: &body) } else { put("null") } }
    put(#"{"id":"\#(row.text(1))","group":\#(group != nil),"name":"#)
    optional(row.optionalText(4))
    put(#","unreadCount":\#(row.int(5)),"lastMessageAt":"#)
    optional(lastAt.map { Timestamp(milliseconds: $0).iso8601 })
    put(#","lastMessage":"#)
    body += try row.optionalInt(6).flatMap { try lastMessage($0) } ?? Array("null".utf8)
    for (name, column) in [("channel", 8), ("provider", 9), ("account", 10)] as [(String, Int32)] {
      put(",\"\(name)\":")
      optional(row.text(column))
    }
    put(#","contact":"#)
    body += contact.map { PersonDraft(row: row, from: 12).text(id: $0) } ?? Array("null".utf8)
    put("}")
    return ConversationSnapshot(
      id: row.text(1), tenant: row.text(2), channel: row.text(8), provider: row.text(9), account: row.text(10), group: group,
      contact: contact, unreadCount: Int(row.int(5)), lastMessageMs: lastAt, body: body,
      place: PagePlace(timeMs: lastAt ?? -1, number: row.int(0)))
  }

  private func lastMessage(_ number: Int64) throws -> [UInt8]? {
    defer { message.reset() }
    message.bind(1, number)
    return try message.step() ? try text(of: MessageRow(message))?.bytes : nil
  }
}
