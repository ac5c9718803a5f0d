/// The writer's prepared statements.
struct Statements {
  private let connection: OpaquePointer
  let begin, commit, rollback: SQLStatement
  let findSource, addSource, readSource: SQLStatement
  let findEvent, addEvent, readEvent: SQLStatement
  let findAlias, setAlias, dropAlias, addContact, updateContact, readContact: SQLStatement
  let addConversation, updateConversation, setConversationContact: SQLStatement
  let conversationByNumber, conversationByID, conversationByContact, conversationByGroup: SQLStatement
  let addMessage, readMessage, messageOfConversation, inboundOfConversation, setStatus, setBody, findMessageAlias,
    addMessageAlias: SQLStatement
  let addHeld, takeHeld, dropHeld, expireHeld, trimHeld: SQLStatement
  let setCursor: SQLStatement
  let resolveRow: SQLStatement

  static let conversationColumns =
    "number, id, source, tenant, contact, group_key, name, unread, last_number, last_at, merged_into, created_ms"

  init(_ connection: OpaquePointer) throws {
    func prepare(_ sql: String) throws -> SQLStatement { try SQLStatement(connection, sql) }
    self.connection = connection
    begin = try prepare("BEGIN IMMEDIATE")
    commit = try prepare("COMMIT")
    rollback = try prepare("ROLLBACK")
    findSource = try prepare("SELECT number FROM sources WHERE tenant = ? AND channel = ? AND account = ?")
    addSource = try prepare("INSERT INTO sources(tenant, channel, provider, account) VALUES(?, ?, ?, ?) RETURNING number")
    readSource = try prepare("SELECT tenant, channel, provider, account FROM sources WHERE number = ?")
    findEvent = try prepare("SELECT sequence FROM events WHERE source = ? AND kind = ? AND event_id = ?")
    addEvent = try prepare(
      """
      INSERT INTO events(sequence, source, kind, event_id, id, conversation, cause, time_ms, received_ms, journaled_ms, checksum, body)
      VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    readEvent = try prepare(EventRow.select + " WHERE e.sequence = ?")
    findAlias = try prepare("SELECT contact FROM contact_aliases WHERE tenant = ? AND kind = ? AND value = ?")
    setAlias = try prepare("INSERT OR REPLACE INTO contact_aliases(tenant, kind, value, contact) VALUES(?, ?, ?, ?)")
    dropAlias = try prepare("DELETE FROM contact_aliases WHERE tenant = ? AND kind = ? AND value = ?")
    addContact = try prepare(
      "INSERT INTO contacts(id, tenant, phone, user_id, lid, username, name, avatar) VALUES(?, ?, ?, ?, ?, ?, ?, ?) RETURNING number")
    updateContact = try prepare(
      "UPDATE contacts SET phone = ?, user_id = ?, lid = ?, username = ?, name = ?, avatar = ? WHERE number = ?")
    readContact = try prepare("SELECT id, tenant, phone, user_id, lid, username, name, avatar FROM contacts WHERE number = ?")
    addConversation = try prepare(
      """
      INSERT INTO conversations(id, source, tenant, contact, group_key, name, unread, created_ms) VALUES(?, ?, ?, ?, ?, ?, 0, ?)
      RETURNING number
      """)
    // Never the contact: an update pays for each index that it names a column of, whether or not the value changes.
    updateConversation = try prepare("UPDATE conversations SET name = ?, unread = ?, last_number = ?, last_at = ? WHERE number = ?")
    setConversationContact = try prepare("UPDATE conversations SET contact = ? WHERE number = ?")
    let conversations = "SELECT \(Self.conversationColumns) FROM conversations"
    conversationByNumber = try prepare("\(conversations) WHERE number = ?")
    conversationByID = try prepare("\(conversations) WHERE id = ?")
    conversationByContact = try prepare("\(conversations) WHERE source = ? AND contact = ? AND group_key IS NULL AND merged_into IS NULL")
    conversationByGroup = try prepare("\(conversations) WHERE source = ? AND group_key = ?")
    addMessage = try prepare(
      """
      INSERT INTO messages(number, id, conversation, contact, direction, status, timestamp_ms, at, head, length)
      VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    readMessage = try prepare(MessageRow.select + " WHERE number = ?")
    messageOfConversation = try prepare(MessageRow.select + " WHERE conversation = ? AND id = ?")
    inboundOfConversation = try prepare(
      MessageRow.select + " WHERE conversation = ? AND direction = 0 ORDER BY timestamp_ms DESC, number DESC LIMIT ?")
    setStatus = try prepare("UPDATE messages SET status = ? WHERE number = ?")
    setBody = try prepare("UPDATE messages SET at = 0, head = ?, length = ?, checksum = ?, body = ? WHERE number = ?")
    findMessageAlias = try prepare("SELECT message FROM message_aliases WHERE source = ? AND provider_id = ?")
    addMessageAlias = try prepare("INSERT OR REPLACE INTO message_aliases(source, provider_id, message) VALUES(?, ?, ?)")
    addHeld = try prepare("INSERT INTO held_statuses(source, provider_id, status, errors, held_ms) VALUES(?, ?, ?, ?, ?)")
    takeHeld = try prepare("SELECT status, errors, held_ms FROM held_statuses WHERE source = ? AND provider_id = ? ORDER BY number")
    dropHeld = try prepare("DELETE FROM held_statuses WHERE source = ? AND provider_id = ?")
    expireHeld = try prepare("DELETE FROM held_statuses WHERE held_ms NOT BETWEEN ? AND ?")
    trimHeld = try prepare("DELETE FROM held_statuses WHERE number IN (SELECT number FROM held_statuses ORDER BY number LIMIT ?)")
    // Queued, waiting or of unknown fate; what is in flight has its answer coming.
    resolveRow = try prepare("UPDATE outbox SET state = 3, at_ms = ? WHERE id = ? AND state IN (0, 2, 5)")
    setCursor = try prepare(
      "INSERT INTO cursors(sink, sequence) VALUES(?, ?) ON CONFLICT(sink) DO UPDATE SET sequence = max(sequence, excluded.sequence)")
  }

  /// Runs a statement too rare to keep.
  func run(_ rare: String, _ first: Int64, _ second: Int64) throws {
    let statement = try SQLStatement(connection, rare)
    statement.bind(1, first)
    statement.bind(2, second)
    try statement.run()
  }

  func run(_ rare: String, _ first: Int64, _ second: String) throws {
    let statement = try SQLStatement(connection, rare)
    statement.bind(1, first)
    statement.bind(2, second)
    try statement.run()
  }

  /// The rows of a rare query, up to the first that fails the condition.
  func rows<Row>(
    _ rare: String, _ parameters: [UInt64], while condition: (SQLStatement) -> Bool, read: (SQLStatement) -> Row
  ) throws -> [Row] {
    let statement = try SQLStatement(connection, rare)
    for (index, parameter) in parameters.enumerated() { statement.bind(Int32(index + 1), parameter) }
    var rows: [Row] = []
    while try statement.step(), condition(statement) { rows.append(read(statement)) }
    return rows
  }

  /// The first number that a rare query answers about a text.
  func number(_ rare: String, _ text: String) throws -> Int64? {
    let statement = try SQLStatement(connection, rare)
    statement.bind(1, text)
    return try statement.step() ? statement.int(0) : nil
  }

  /// The numbers that a rare query answers.
  func numbers(_ rare: String, _ first: Int64) throws -> [Int64] {
    let statement = try SQLStatement(connection, rare)
    statement.bind(1, first)
    var numbers: [Int64] = []
    while try statement.step() { numbers.append(statement.int(0)) }
    return numbers
  }
}
