/// The public id of one socket: one transport's membership of one namespace. Twenty characters, base64url.
///
/// Eleven random bytes make it unguessable; the other four name the event loop and the place in its table, so that a socket is
/// found without a shared directory. It is never derived from the transport's own (secret) session id.
public struct SocketID: Sendable, Hashable, CustomStringConvertible {
  let key: TableKey

  init(key: TableKey) { self.key = key }

  /// The id with this text; nil when no socket can have it.
  public init?(_ text: some StringProtocol) {
    guard let key = TableKey(text: text.utf8) else { return nil }
    self.key = key
  }

  /// The text of the id, as clients know it.
  public var description: String { key.text }
}
