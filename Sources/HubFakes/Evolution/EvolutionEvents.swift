/// Names of events, on the wire and in configurations.
enum EvolutionEvents {
  /// What an instance can be configured for. `GROUP_UPDATE` is how the server spells it, which is why `groups.update` never arrives.
  static let configurable = [
    "APPLICATION_STARTUP", "INSTANCE_CREATE", "INSTANCE_DELETE", "QRCODE_UPDATED", "MESSAGES_SET", "MESSAGES_UPSERT", "MESSAGES_EDITED",
    "MESSAGES_UPDATE", "MESSAGES_DELETE", "SEND_MESSAGE", "SEND_MESSAGE_UPDATE", "CONTACTS_SET", "CONTACTS_UPSERT", "CONTACTS_UPDATE",
    "PRESENCE_UPDATE", "CHATS_SET", "CHATS_UPSERT", "CHATS_UPDATE", "CHATS_DELETE", "GROUPS_UPSERT", "GROUP_UPDATE",
    "GROUP_PARTICIPANTS_UPDATE", "CONNECTION_UPDATE", "REMOVE_INSTANCE", "LOGOUT_INSTANCE", "STATUS_INSTANCE", "LABELS_EDIT",
    "LABELS_ASSOCIATION", "CALL", "TYPEBOT_START", "TYPEBOT_CHANGE_STATUS",
  ]

  /// The name under which the server looks an event up.
  static func configured(_ wire: String) -> String { String(wire.uppercased().map { $0 == "." || $0 == "-" ? "_" : $0 }) }

  /// Whether a configuration with these names has the event.
  static func includes(_ wire: String, _ names: [String]) -> Bool {
    (names.isEmpty ? configurable : names).contains(configured(wire))
  }

  /// The segment that `byEvents` appends to a webhook's path.
  static func segment(_ wire: String) -> String { String(wire.map { $0 == "." || $0 == "_" ? "-" : $0 }) }
}
