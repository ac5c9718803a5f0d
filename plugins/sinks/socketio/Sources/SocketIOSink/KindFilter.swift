/// Which kinds a namespace carries.
public enum KindFilter: String, Sendable, CaseIterable {
  /// Every kind of the dialect.
  case all
  /// Messages, statuses, conversations, typing, channel state and QR codes (dialects.md 8.1).
  case whatsapp

  /// The kinds that pass; nil for all.
  public var kinds: Set<String>? {
    switch self {
    case .all: nil
    case .whatsapp:
      [
        "message.created", "message.edited", "message.deleted", "message.reaction", "message.status", "conversation.created",
        "conversation.updated", "conversation.read", "typing", "channel.state", "channel.qr",
      ]
    }
  }

  /// What a namespace carries when hub.yaml doesn't say: `/whatsapp` was proposed for WhatsApp traffic alone, `/` and the others
  /// carry everything.
  public static func standard(for namespace: String) -> KindFilter { namespace == "/whatsapp" ? .whatsapp : .all }
}
