import OrderedJSON

extension Dialect {
  /// The inbox/Kanban backend's events (dialects.md section 3, and the rows marked F of 8.2).
  public static let inbox = Dialect(
    name: "inbox",
    mappings: [
      "conversation.created": [
        PacketMapping("conversation:new", to: .tenant, payload: Inbox.newConversation)
      ],
      "message.created": [
        PacketMapping("message:new", to: [.tenant, .conversation], payload: Inbox.newMessage),
        update(Inbox.unread),
      ],
      "message.status": [
        PacketMapping("message:status-update", to: [.tenant, .conversation], payload: Inbox.status),
        update(Inbox.statusUpdate),
      ],
      "message.edited": [update(Inbox.edited)],
      "message.deleted": [update(Inbox.deleted)],
      "message.reaction": [update(Inbox.reaction)],
      "conversation.updated": [update(Inbox.conversationState)],
      "conversation.read": [update(Inbox.conversationState)],
      "contact.updated": [update(Inbox.contactState)],
      "typing": [PacketMapping("typing", to: .conversation, payload: Inbox.typing)],
      "presence": [PacketMapping("presence:update", to: .tenant, payload: Inbox.members(of: "presence"))],
      "channel.state": [PacketMapping("channel:state", to: .tenant, payload: Inbox.members(of: "state"))],
      "channel.qr": [PacketMapping("channel:qr", to: .tenant, payload: Inbox.members(of: "qr"))],
      "notification": [PacketMapping("notification:new", to: .addressee, payload: Inbox.published("notification"))],
      "campaign": [PacketMapping("campaign:update", to: .addressee, payload: Inbox.published("campaign"))],
      "system": [PacketMapping("system:event", to: .addressee, payload: Inbox.published("system"))],
      "account": [PacketMapping("system:event", to: .tenant, payload: Inbox.members(of: "account"))],
      "template": [PacketMapping("system:event", to: .tenant, payload: Inbox.members(of: "template"))],
    ])

  private static func update(_ updates: @escaping @Sendable (CanonicalEvent, MappingOptions) -> JSONObject?) -> PacketMapping {
    PacketMapping("conversation:updated", to: .tenant) { event, options in
      updates(event, options).flatMap { Inbox.update(event, options, updates: $0) }
    }
  }
}

/// Payload builders of the inbox dialect.
enum Inbox {}
