/// The keys of conversations, as the server wants them.
enum Address {
  /// What the server calls a JID: a key that is only digits is a phone's.
  static func jid(_ key: String) -> String {
    key.contains("@") || key.isEmpty || key.utf8.contains(where: { $0 < 0x30 || $0 > 0x39 }) ? key : key + "@s.whatsapp.net"
  }
}
