/// The tables, as the list of changes that led to them. Changes are appended, never edited: files exist that went through them.
package enum Schema {
  /// Each change is a list of statements that succeed or vanish together; its version is its place, from 1.
  package static let migrations: [[String]] = [
    [
      """
      CREATE TABLE sources(
        number INTEGER PRIMARY KEY, tenant TEXT NOT NULL, channel TEXT NOT NULL, provider TEXT NOT NULL, account TEXT NOT NULL,
        UNIQUE(tenant, channel, account))
      """,
      // body is NULL once retention removed it; the row stays as dedupe key. sequence has no gaps: a missing row is damage.
      """
      CREATE TABLE events(
        sequence INTEGER PRIMARY KEY, source INTEGER NOT NULL, kind TEXT NOT NULL, event_id TEXT NOT NULL, id TEXT NOT NULL,
        conversation TEXT NOT NULL, cause TEXT NOT NULL, time_ms INTEGER NOT NULL, received_ms INTEGER NOT NULL,
        journaled_ms INTEGER NOT NULL, checksum INTEGER NOT NULL, body BLOB)
      """,
      // A source is a (tenant, channel, account): this is the dedupe index.
      "CREATE UNIQUE INDEX events_dedupe ON events(source, kind, event_id)",
      "CREATE INDEX events_source ON events(source)",
      """
      CREATE TABLE contacts(
        number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, phone TEXT, user_id TEXT, lid TEXT, username TEXT,
        name TEXT, avatar TEXT)
      """,
      """
      CREATE TABLE contact_aliases(
        tenant TEXT NOT NULL, kind INTEGER NOT NULL, value TEXT NOT NULL, contact INTEGER NOT NULL,
        PRIMARY KEY(tenant, kind, value)) WITHOUT ROWID
      """,
      "CREATE INDEX contact_aliases_contact ON contact_aliases(contact)",
      """
      CREATE TABLE conversations(
        number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, source INTEGER NOT NULL, tenant TEXT NOT NULL, contact INTEGER,
        group_key TEXT, name TEXT, unread INTEGER NOT NULL, last_number INTEGER, last_at INTEGER, created_ms INTEGER NOT NULL,
        merged_into INTEGER)
      """,
      "CREATE UNIQUE INDEX conversations_contact ON conversations(source, contact) WHERE contact IS NOT NULL AND merged_into IS NULL",
      "CREATE UNIQUE INDEX conversations_group ON conversations(source, group_key) WHERE group_key IS NOT NULL",
      "CREATE INDEX conversations_of_contact ON conversations(contact) WHERE contact IS NOT NULL",
      "CREATE INDEX conversations_recent ON conversations(tenant, last_at, number) WHERE merged_into IS NULL",
      // number is the sequence of the event that brought the message; its text lies at `at` in that event's body until it is changed
      // or the event is purged, then in `body`. The status word begins `head` bytes into it.
      """
      CREATE TABLE messages(
        number INTEGER PRIMARY KEY, id TEXT NOT NULL, conversation INTEGER NOT NULL, contact INTEGER, direction INTEGER NOT NULL,
        status INTEGER NOT NULL, timestamp_ms INTEGER NOT NULL, at INTEGER NOT NULL, head INTEGER NOT NULL, length INTEGER NOT NULL,
        checksum INTEGER, body BLOB)
      """,
      "CREATE INDEX messages_recent ON messages(conversation, timestamp_ms, number)",
      // Only for messages that the dedupe index cannot find: brought by history, or under another id than the provider's.
      """
      CREATE TABLE message_aliases(
        source INTEGER NOT NULL, provider_id TEXT NOT NULL, message INTEGER NOT NULL, PRIMARY KEY(source, provider_id)) WITHOUT ROWID
      """,
      """
      CREATE TABLE held_statuses(
        number INTEGER PRIMARY KEY, source INTEGER NOT NULL, provider_id TEXT NOT NULL, status INTEGER NOT NULL, errors BLOB,
        held_ms INTEGER NOT NULL)
      """,
      "CREATE INDEX held_statuses_target ON held_statuses(source, provider_id)",
      "CREATE TABLE cursors(sink TEXT PRIMARY KEY, sequence INTEGER NOT NULL) WITHOUT ROWID",
      "CREATE TABLE state(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
      "CREATE TABLE probe(number INTEGER PRIMARY KEY, filler BLOB)",
    ],
    [
      // The states' numbers are in OutboxTable. message is NULL for what is no message of its own: reads and reactions. at_ms: in flight
      // since, waiting until, done at.
      """
      CREATE TABLE outbox(
        number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, source INTEGER NOT NULL, conversation INTEGER NOT NULL,
        message INTEGER, state INTEGER NOT NULL, attempts INTEGER NOT NULL, at_ms INTEGER, code TEXT NOT NULL, text TEXT NOT NULL,
        cause TEXT NOT NULL, accepted_ms INTEGER NOT NULL, body BLOB NOT NULL)
      """,
      "CREATE INDEX outbox_open ON outbox(state, number) WHERE state <> 3",
      "CREATE INDEX outbox_done ON outbox(at_ms) WHERE state = 3",
      """
      CREATE TABLE outbox_keys(
        tenant TEXT NOT NULL, key TEXT NOT NULL, fingerprint BLOB NOT NULL, id TEXT NOT NULL, expires_ms INTEGER NOT NULL,
        PRIMARY KEY(tenant, key)) WITHOUT ROWID
      """,
      "CREATE INDEX outbox_keys_age ON outbox_keys(expires_ms)",
    ],
    // A conversation with both contact and group_key is no group: the provider tells conversations with one contact apart by their keys.
    [
      "DROP INDEX conversations_contact",
      """
      CREATE UNIQUE INDEX conversations_contact ON conversations(source, contact)
        WHERE contact IS NOT NULL AND group_key IS NULL AND merged_into IS NULL
      """,
    ],
  ]
}
